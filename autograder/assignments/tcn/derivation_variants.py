"""The block's derivation as the course writes it, and other forms that must get full marks."""

from dataclasses import replace

from autograder.assignment import Variant
from autograder.assignments.tcn.versions import rewritten

SOLUTION = """\
dz[t] = df(z[t]) * (h[t] - y[t])
de[t] = df(e[t]) * dz[t]
du[t] = R.T @ de[t] + S.T @ de[t+2]
da[t] = df(a[t]) * du[t]
dx[t] = {path}dz[t] + P.T @ da[t] + Q.T @ da[t+2]
dc = sum(t, de[t])
dS = sum(t, de[t] @ u[t-2].T)
dQ = sum(t, da[t] @ x[t-2].T)
"""

_WRITTEN = (
    Variant(
        "jacobians-as-diagonal-matrices",
        source="""\
dz[t] = diag(df(z[t])) @ (h[t] - y[t])
de[t] = diag(df(e[t])) @ dz[t]
du[t] = R.T @ de[t] + S.T @ de[t+2]
da[t] = diag(df(a[t])) @ du[t]
dx[t] = P.T @ da[t] + Q.T @ da[t+2] + {path}dz[t]
dc = sum(t, de[t])
dS = sum(t, outer(de[t], u[t-2]))
dQ = sum(t, outer(da[t], x[t-2]))
""",
    ),
    Variant(
        "written-out",
        source="""\
dz[t] = df(z[t]) * (h[t] - y[t])
de[t] = df(e[t]) * df(z[t]) * (h[t] - y[t])
du[t] = R.T @ (df(e[t]) * dz[t]) + S.T @ de[t+2]
da[t] = df(a[t]) * (R.T @ de[t] + S.T @ de[t+2])
dx[t] = {path}dz[t] + P.T @ (df(a[t]) * du[t]) + Q.T @ da[t+2]
dc = sum(t, df(e[t]) * dz[t])
dS = sum(t, (df(e[t]) * dz[t]) @ u[t-2].T)
dQ = sum(t, (df(a[t]) * du[t]) @ x[t-2].T)
""",
    ),
    Variant(
        "sums-shifted",
        source="""\
dz[t] = (h[t] - y[t]) * df(z[t])
de[t] = dz[t] * df(e[t])
du[t] = S.T @ de[t+2] + R.T @ de[t]
da[t] = du[t] * df(a[t])
dx[t] = Q.T @ da[t+2] + {path}dz[t] + P.T @ da[t]
dc = sum(s, de[s])
dS = sum(t, de[t+2] @ u[t].T)
dQ = sum(s, da[s+2] @ x[s].T)
""",
    ),
    Variant(
        "chains",
        source="""\
dz[t] = df(z[t]) * (f(z[t]) - y[t]) = df(z[t]) * (h[t] - y[t])
de[t] = df(e[t]) * dz[t] = df(c + R @ u[t] + S @ u[t-2]) * dz[t]
du[t] = R.T @ de[t] + S.T @ de[t+2]
da[t] = df(a[t]) * du[t]
dx[t] = {path}dz[t] + P.T @ da[t] + Q.T @ da[t+2]
dc = sum(t, de[t])
dS = sum(t, de[t] @ u[t-2].T) = sum(t, de[t+2] @ u[t].T)
dQ = sum(t, da[t] @ x[t-2].T)
""",
    ),
    Variant(
        "as-on-paper",
        source="""\
∇z[t] = df(z[t]) ⊙ (h[t] − y[t])
∇e[t] = df(e[t]) ⊙ ∇z[t]
∇u[t] = Rᵀ @ ∇e[t] + Sᵀ @ ∇e[t+2]
∇a[t] = df(a[t]) ⊙ ∇u[t]
∇x[t] = {path}∇z[t] + Pᵀ @ ∇a[t] + Qᵀ @ ∇a[t+2]
∇c = sum(t, ∇e[t])
∇S = sum(t, ∇e[t] @ u[t-2]ᵀ)
∇Q = sum(t, ∇a[t] @ x[t-2]ᵀ)
""",
    ),
)


def solution(member: str) -> str:
    """The right derivation for one of the blocks."""
    return rewritten(SOLUTION, member)


def of(member: str) -> tuple[Variant, ...]:
    """The other forms for one of the blocks."""
    return tuple(replace(v, source=rewritten(v.source, member)) for v in _WRITTEN)

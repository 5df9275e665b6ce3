"""The derivations as the course writes them, and other forms that must get full marks."""

from autograder.assignment import Variant

SOLUTIONS = {
    "gradients": """\
do[t] = yhat[t] - y[t]
dh[T] = V.T @ do[T]
dh[t] = V.T @ do[t] + W.T @ da[t+1]
da[t] = (1 - h[t]**2) * dh[t]
dc = sum(t, do[t])
db = sum(t, da[t])
dV = sum(t, do[t] @ h[t].T)
dW = sum(t, da[t] @ h[t-1].T)
dU = sum(t, da[t] @ x[t].T)
""",
    "delta": """\
delta_o[t] = df_O(y_in[t]) * (y[t] - d[t])
delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t+1])
DW = -eta * sum(t, delta_h[t] @ h[t-1].T)
""",
    "chain": """\
dh[t] = V.T @ do[t] + W.T @ da[t+1]
      = V.T @ do[t] + W.T @ ((1 - h[t+1]**2) * dh[t+1])
      = V.T @ (yhat[t] - y[t]) + W.T @ diag(1 - h[t+1]**2) @ dh[t+1]
""",
}


def _with(name: str, *lines: str) -> str:
    """A solution with some of its lines written in another way."""
    new = {line.split("=")[0].strip(): line for line in lines}
    old = SOLUTIONS[name].splitlines()
    return "\n".join(new.get(line.split("=")[0].strip(), line) for line in old)


GRADIENTS = (
    Variant(
        "jacobian-as-diagonal-matrix",
        source=_with(
            "gradients",
            "dh[t] = V.T @ do[t] + W.T @ diag(1 - h[t+1]**2) @ dh[t+1]",
            "da[t] = diag(1 - h[t]**2) @ dh[t]",
        ),
    ),
    Variant(
        "without-a-helper",
        source="""\
do[t] = yhat[t] - y[t]
dh[T] = V.T @ do[T]
dh[t] = V.T @ do[t] + W.T @ ((1 - h[t+1]**2) * dh[t+1])
dc = sum(t, do[t])
db = sum(t, (1 - h[t]**2) * dh[t])
dV = sum(t, do[t] @ h[t].T)
dW = sum(t, ((1 - h[t]**2) * dh[t]) @ h[t-1].T)
dU = sum(t, ((1 - h[t]**2) * dh[t]) @ x[t].T)
""",
    ),
    Variant(
        "outer-products",
        source=_with(
            "gradients",
            "dV = sum(t, outer(do[t], h[t]))",
            "dW = sum(t, outer(da[t], h[t-1]))",
            "dU = sum(t, outer(da[t], x[t]))",
        ),
    ),
    Variant(
        "tanh-written-out",
        source=_with(
            "gradients",
            "da[t] = (1 - tanh(a[t])**2) * dh[t]",
            "db = sum(t, (1 - tanh(b + W@h[t-1] + U@x[t])**2) * dh[t])",
            "do[t] = softmax(o[t]) - y[t]",
        ),
    ),
    Variant(
        "other-order-of-terms",
        source=_with(
            "gradients",
            "do[t] = -y[t] + yhat[t]",
            "dh[t] = W.T @ da[t+1] + V.T @ do[t]",
            "da[t] = dh[t] - h[t]**2 * dh[t]",
            "dW = sum(s, (h[s-1] @ da[s].T).T)",
        ),
    ),
    Variant(
        "as-on-paper",
        source="""\
# S2's notation, with the nabla and raised steps
∇_{o⁽ᵗ⁾} L = ŷ⁽ᵗ⁾ − y⁽ᵗ⁾
∇_{h⁽ᵀ⁾} L = Vᵀ · ∇_{o⁽ᵀ⁾} L

∇_{h⁽ᵗ⁾} L = Vᵀ · ∇_{o⁽ᵗ⁾} L + Wᵀ · diag(1 − (h⁽ᵗ⁺¹⁾)²) · ∇_{h⁽ᵗ⁺¹⁾} L
∇_c L = Σ_t(∇_{o⁽ᵗ⁾} L)
∇_b L = Σ_t((1 − (h⁽ᵗ⁾)²) ⊙ ∇_{h⁽ᵗ⁾} L)
∇_V L = Σ_t(∇_{o⁽ᵗ⁾} L · h⁽ᵗ⁾ᵀ)
∇_W L = Σ_t(diag(1 − (h⁽ᵗ⁾)²) · ∇_{h⁽ᵗ⁾} L · h⁽ᵗ⁻¹⁾ᵀ)
∇_U L = Σ_t(diag(1 − (h⁽ᵗ⁾)²) · ∇_{h⁽ᵗ⁾} L · x⁽ᵗ⁾ᵀ)
""",
    ),
    Variant(
        "names-of-the-code",
        source="""\
%%derivation bptt.gradients
d_o[t] = y_hat[t] - y[t]
d_h[T] = W_ho.T @ d_o[T]
d_a[t] = (1 - h[t]**2) * d_h[t]
d_h[t] = W_ho.T @ d_o[t] + W_hh.T @ d_a[t+1]
d_W_ih = sum(t, d_a[t] @ x[t].T)  # the order of the lines is free
d_W_hh = sum(t, d_a[t] @ h[t-1].T)
d_W_ho = sum(t, d_o[t] @ h[t].T)
d_b_h = sum(t, d_a[t])
d_b_o = sum(t, d_o[t])
""",
    ),
    Variant(
        "one-step-earlier",
        source=_with("gradients", "dh[t] = V.T @ do[t] + W.T @ da[t+1]").replace(
            "dh[t] = V.T @ do[t] + W.T @ da[t+1]", "dh[t-1] = V.T @ do[t-1] + W.T @ da[t]"
        ),
    ),
)

DELTA = (
    Variant(
        "as-in-the-lecture",
        source="""\
δ^O(t) = f^O'(y_in(t)) ⊙ (−(d(t) − y(t)))
δ^H(t) = f^H'(h_in(t)) ⊙ ((W^{HO})ᵀ · δ^O(t) + (W^{HH})ᵀ · δ^H(t+1))
ΔW = −η · Σ_t(δ^H(t) · h(t−1)ᵀ)
""",
    ),
    Variant(
        "diagonal-matrices",
        source="""\
delta_o[t] = diag(df_O(W_ho @ h[t])) @ (y[t] - d[t])
delta_h[t] = diag(df_H(h_in[t])) @ (W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t+1])
DW = sum(t, -eta * outer(delta_h[t], h[t-1]))
""",
    ),
)

CHAIN = (
    Variant(
        "on-one-line",
        source="dh[t] = W.T @ da[t+1] + V.T @ do[t] = V.T @ do[t] + W.T @ ((1 - h[t+1]**2) * "
        "dh[t+1]) = V.T @ do[t] + W.T @ ((1 - tanh(a[t+1])**2) * dh[t+1])",
    ),
    Variant(
        "four-links",
        source="""\
∇h[t] = V.T @ do[t] + W.T @ da[t+1]
  = V.T @ (yhat[t] - y[t]) + W.T @ da[t+1]
  = V.T @ (yhat[t] - y[t]) + W.T @ diag(1 - h[t+1]**2) @ dh[t+1]
  = V.T @ yhat[t] - V.T @ y[t] + W.T @ dh[t+1] - W.T @ (h[t+1]**2 * dh[t+1])
""",
    ),
)

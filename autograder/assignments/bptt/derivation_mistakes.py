"""Wrong steps that students write in the derivations, each with the hint that it earns."""

from autograder.assignment import Mistake

CHAIN = (  # wrong ways back from t+1 to t, in the two exercises that ask for dh[t]
    Mistake(
        "future-missing",
        "h[t] acts on the loss in two ways: by the output at t, and by what comes after t.",
        step="dh[t]",
        source="dh[t] = V.T @ do[t]",
        taught="mistake-bptt-future-dropped",
    ),
    Mistake(
        "output-missing",
        "h[t] is read by the output at the same step, too.",
        step="dh[t]",
        source="dh[t] = W.T @ da[t+1]",
    ),
    Mistake(
        "W-not-transposed",
        "The shapes allow this only because the matrix is square. "
        "Write one entry of a[t+1] as a sum and differentiate it by one entry of h[t].",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + W @ da[t+1]",
        taught="mistake-bptt-not-transposed",
    ),
    Mistake(
        "V-not-transposed",
        "V leads from the hidden units to the outputs. Which matrix leads back?",
        step="dh[t]",
        source="dh[t] = V @ do[t] + W.T @ da[t+1]",
    ),
    Mistake(
        "tanh-missing",
        "Between h[t] and h[t+1] stands a tanh. What is its part in the chain rule?",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + W.T @ dh[t+1]",
    ),
    Mistake(
        "tanh-at-wrong-step",
        "The tanh on the way from h[t] to h[t+1] is that of one step. Of which?",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + W.T @ ((1 - h[t]**2) * dh[t+1])",
        taught="mistake-bptt-slope-of-the-wrong-step",
    ),
    Mistake(
        "tanh-derivative-linear",
        "Look up the derivative of tanh, written with the value of tanh: one part has a power.",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + W.T @ ((1 - h[t+1]) * dh[t+1])",
    ),
    Mistake(
        "tanh-twice",
        "h is already a value of tanh; here tanh is taken of it once more.",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + W.T @ ((1 - tanh(h[t+1])**2) * dh[t+1])",
    ),
    Mistake(
        "tanh-before-W",
        "In which order does the network apply W and tanh? The way back is the other way round.",
        step="dh[t]",
        source="dh[t] = V.T @ do[t] + (1 - h[t+1]**2) * (W.T @ dh[t+1])",
    ),
)

GRADIENTS = (
    Mistake(
        "prediction-sign",
        "Should the loss rise or fall when the logit of a wrong class rises?",
        step="do[t]",
        source="do[t] = y[t] - yhat[t]",
    ),
    Mistake(
        "softmax-twice",
        "Softmax and logarithm together are simpler than each alone; "
        "here the softmax has been differentiated once more.",
        step="do[t]",
        source="do[t] = (yhat[t] - y[t]) * yhat[t] * (1 - yhat[t])",
    ),
    Mistake(
        "softmax-forgotten",
        "That is the gradient by the prediction. The logits come one function earlier.",
        step="do[t]",
        source="do[t] = -y[t] / yhat[t]",
    ),
    Mistake(
        "V-not-transposed-last",
        "V leads from the hidden units to the outputs. Which matrix leads back?",
        step="dh[T]",
        source="dh[T] = V @ do[T]",
    ),
    Mistake(
        "tanh-too-early",
        "This is already the gradient by a[T], one function further back than h[T].",
        step="dh[T]",
        source="dh[T] = (1 - h[T]**2) * (V.T @ do[T])",
    ),
    *CHAIN,
    Mistake(
        "c-last-step-only",
        "c is added at every step, not only at the last.",
        step="dc",
        source="dc = do[T]",
    ),
    Mistake(
        "c-sum-forgotten",
        "One bias serves all steps: its gradient collects something from each.",
        step="dc",
        source="dc = do[t]",
    ),
    Mistake(
        "b-tanh-missing",
        "b is added inside the tanh; dh[t] is the gradient outside of it.",
        step="db",
        source="db = sum(t, dh[t])",
    ),
    Mistake(
        "b-last-step-only",
        "b is added at every step, not only at the last.",
        step="db",
        source="db = (1 - h[T]**2) * dh[T]",
    ),
    Mistake(
        "V-outer-reversed",
        "The gradient has the shape of V. Which of the two vectors counts its rows?",
        step="dV",
        source="dV = sum(t, outer(h[t], do[t]))",
    ),
    Mistake(
        "V-one-step-early",
        "Which hidden state does the output at t read?",
        step="dV",
        source="dV = sum(t, do[t] @ h[t-1].T)",
    ),
    Mistake(
        "W-one-step-late",
        "What does W multiply when h[t] is computed?",
        step="dW",
        source="dW = sum(t, da[t] @ h[t].T)",
        taught="mistake-bptt-late-state",
    ),
    Mistake(
        "W-last-step-only",
        "W is used at every step, and every use has its share of the gradient.",
        step="dW",
        source="dW = da[T] @ h[T-1].T",
    ),
    Mistake(
        "W-sum-forgotten",
        "One matrix serves all steps: its gradient collects something from each.",
        step="dW",
        source="dW = da[t] @ h[t-1].T",
    ),
    Mistake(
        "W-tanh-missing",
        "W acts inside the tanh; dh[t] is the gradient outside of it.",
        step="dW",
        source="dW = sum(t, dh[t] @ h[t-1].T)",
    ),
    Mistake(
        "W-outer-reversed",
        "The matrix is square, so its shape cannot warn you. Which vector counts the rows, "
        "the one that goes in or the one that comes out?",
        step="dW",
        source="dW = sum(t, outer(h[t-1], da[t]))",
    ),
    Mistake(
        "U-one-step-early",
        "Which input does the network read at step t?",
        step="dU",
        source="dU = sum(t, da[t] @ x[t-1].T)",
    ),
    Mistake(
        "U-outer-reversed",
        "The gradient has the shape of U. Which of the two vectors counts its rows?",
        step="dU",
        source="dU = sum(t, outer(x[t], da[t]))",
    ),
    Mistake(
        "U-tanh-missing",
        "U acts inside the tanh; dh[t] is the gradient outside of it.",
        step="dU",
        source="dU = sum(t, dh[t] @ x[t].T)",
    ),
)

DELTA = (
    Mistake(
        "error-sign",
        "The error falls when the output moves towards what is desired. Differentiate "
        "½ (d − y)² by y, with the inner derivative.",
        step="delta_o[t]",
        source="delta_o[t] = df_O(y_in[t]) * (d[t] - y[t])",
    ),
    Mistake(
        "output-derivative-missing",
        "δ is the gradient by what goes into the output unit, not by what comes out.",
        step="delta_o[t]",
        source="delta_o[t] = y[t] - d[t]",
    ),
    Mistake(
        "derivative-at-output",
        "Where is an activation differentiated: at what goes in, or at what comes out?",
        step="delta_o[t]",
        source="delta_o[t] = df_O(y[t]) * (y[t] - d[t])",
    ),
    Mistake(
        "activation-for-derivative",
        "The chain rule asks how fast the activation changes, not how large it is.",
        step="delta_o[t]",
        source="delta_o[t] = f_O(y_in[t]) * (y[t] - d[t])",
    ),
    Mistake(
        "logistic-assumed",
        "That is the derivative of the logistic function. Here the activation may be any.",
        step="delta_o[t]",
        source="delta_o[t] = y[t] * (1 - y[t]) * (y[t] - d[t])",
    ),
    Mistake(
        "future-missing",
        "The hidden units feed the outputs and, one step later, themselves.",
        step="delta_h[t]",
        source="delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t])",
        taught="mistake-bptt-future-dropped",
    ),
    Mistake(
        "W-not-transposed",
        "The shapes allow this only because the matrix is square. In the sum over the "
        "units of step t+1, which of the weight's two indices runs?",
        step="delta_h[t]",
        source="delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t] + W_hh @ delta_h[t+1])",
        taught="mistake-bptt-not-transposed",
    ),
    Mistake(
        "V-not-transposed",
        "These weights lead from hidden units to outputs. Which matrix leads back?",
        step="delta_h[t]",
        source="delta_h[t] = df_H(h_in[t]) * (W_ho @ delta_o[t] + W_hh.T @ delta_h[t+1])",
    ),
    Mistake(
        "no-step-between",
        "A recurrent connection takes one step of time. At which step is its error signal?",
        step="delta_h[t]",
        source="delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t])",
    ),
    Mistake(
        "derivative-of-next-step",
        "δ of step t is the gradient by what goes into the units at t. Whose derivative is it?",
        step="delta_h[t]",
        source=("delta_h[t] = df_H(h_in[t+1]) * (W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t+1])"),
        taught="mistake-bptt-slope-of-the-wrong-step",
    ),
    Mistake(
        "derivative-on-one-term",
        "All that comes back to h[t] passes through the same activation.",
        step="delta_h[t]",
        source="delta_h[t] = df_H(h_in[t]) * (W_ho.T @ delta_o[t]) + W_hh.T @ delta_h[t+1]",
    ),
    Mistake(
        "hidden-derivative-missing",
        "δ is the gradient by what goes into the hidden unit, not by what comes out.",
        step="delta_h[t]",
        source="delta_h[t] = W_ho.T @ delta_o[t] + W_hh.T @ delta_h[t+1]",
    ),
    Mistake(
        "uphill",
        "In which direction does gradient descent go?",
        step="DW",
        source="DW = eta * sum(t, delta_h[t] @ h[t-1].T)",
    ),
    Mistake(
        "rate-forgotten",
        "How far one update goes is a number that you choose. Where is it?",
        step="DW",
        source="DW = -sum(t, delta_h[t] @ h[t-1].T)",
    ),
    Mistake(
        "W-one-step-late",
        "What do the recurrent weights multiply when h[t] is computed?",
        step="DW",
        source="DW = -eta * sum(t, delta_h[t] @ h[t].T)",
        taught="mistake-bptt-late-state",
    ),
    Mistake(
        "W-outer-reversed",
        "The matrix is square, so its shape cannot warn you. Which vector counts its rows, "
        "the one that goes in or the one that comes out?",
        step="DW",
        source="DW = -eta * sum(t, h[t-1] @ delta_h[t].T)",
    ),
    Mistake(
        "W-sum-forgotten",
        "The lecture's update is that of one step; the total change collects all of them.",
        step="DW",
        source="DW = -eta * delta_h[t] @ h[t-1].T",
    ),
)

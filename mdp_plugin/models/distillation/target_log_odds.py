"""What any head says about targets, as one map of logits."""

from torch import Tensor


def target_log_odds(logits: Tensor) -> Tensor:
    r"""Reduce the logits of any number of classes to the log-odds of a target.

    .. math::
        \log \frac{p}{1 - p} = \log \sum_{c > 0} e^{z_c} - z_0

    with the background as class 0 and every other class a target, as any value but 0 is in a mask.
    Its sigmoid is the probability of a target: of two classes it is the difference of the logits.
    The logits of a single channel are these log-odds already.

    Args:
        logits (Tensor): (N, C, H, W), of a sigmoid with C = 1, else of a softmax.

    Returns:
        Tensor: (N, 1, H, W).
    """
    if logits.size(1) == 1:
        return logits
    return logits[:, 1:].logsumexp(1, keepdim=True) - logits[:, :1]

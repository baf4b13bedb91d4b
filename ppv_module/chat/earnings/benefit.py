"""What credits are worth and what the performer gets of it. Pure; amounts are thousandths of the currency (mills)."""

MILLS_OF_MINOR = 10
WHOLE_BP = 10_000


def share(credits: int, value_minor: int, value_credits: int, percent_bp: int) -> tuple[int, int]:
    """Price and performer's benefit of `credits`, in mills, each rounded half up; the rest of the price is the house's.

    `value_credits` credits are worth `value_minor` minor units: the ratio is kept, since a rounded unit value drifts.
    """
    price = _rounded(credits * value_minor * MILLS_OF_MINOR, value_credits)
    return price, _rounded(price * percent_bp, WHOLE_BP)


def _rounded(number: int, by: int) -> int:
    """`number / by`, rounded half up; both are zero or more."""
    return (2 * number + by) // (2 * by)

"""A picture's gradient × input as SVG: blue pushes toward the class, orange against it."""

from html import escape

import numpy as np

from glassnet.nn.arrays import Array

TOWARD, AGAINST = (0, 114, 178), (213, 94, 0)  # blue and vermilion of Okabe & Ito 2008
_SIDE = 280


def pixel_map(values: Array, title: str) -> str:
    """The SVG of values (h, w): the stronger the colour, the larger the number."""
    h, w = values.shape
    size = np.abs(np.nan_to_num(values))
    largest = float(size.max()) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{_SIDE}" '
        f'height="{round(_SIDE * h / w)}" role="img"><title>{escape(title)}</title>'
        f'<rect width="{w}" height="{h}" fill="#ffffff" stroke="#888888" stroke-width="0.05" />'
    ]
    for y, x in np.argwhere(size > largest / 256).tolist():
        red, green, blue = TOWARD if values[y, x] > 0 else AGAINST
        share = size[y, x] / largest
        parts.append(
            f'<rect x="{x}" y="{y}" width="1" height="1" '
            f'fill="rgb({red},{green},{blue})" fill-opacity="{share:.3f}" />'
        )
    return "".join([*parts, "</svg>"])

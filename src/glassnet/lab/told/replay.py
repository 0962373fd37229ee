"""A recording of a run: one HTML page with the lab in it, which shows the run by its slider and
needs no server."""

import base64
import json

import numpy as np

from glassnet.lab.frames import Frame, bundle, encode
from glassnet.lab.lines.lane import Lane
from glassnet.lab.lines.lanes import Lanes
from glassnet.lab.page_files import page_files
from glassnet.lab.told import tell
from glassnet.lab.told.news import Look, scene_of, views
from glassnet.lab.told.take import file
from glassnet.lab.views.scene import Watched

MOST_STATES = 60
SEEN = ("network", "units", "output", "loss", "gradients", "histograms", "confusion", "scores",
        "fit", "sample")  # fmt: skip
LARGEST = 12 << 20  # bytes of frames; of a larger network fewer states are kept


def replay(lane: Lane, hello: Frame, watched: Watched | None) -> Frame:
    """The page as a file. Raises ``InputError`` where the lab's page itself isn't there."""
    words = json.dumps(recording(lane, hello, watched), separators=(",", ":"))
    name = lane.subject.train.name
    return file(f"{name}-replay.html", "text/html", page(words))


def recording(lane: Lane, hello: Frame, watched: Watched | None) -> dict[str, list[object]]:
    """bundles: what is told first, then what is seen of each state, in base64; steps: of those."""
    first = [
        hello, tell.data(lane.subject, lane.plane, lane.setting), tell.lines(Lanes([lane])),
        tell.setting(0, lane, lane.subject.train), tell.findings(0, lane),
    ]  # fmt: skip
    bundles: list[object] = [_packed(first)]
    steps: list[object] = []
    kept = lane.at
    try:
        for step in _chosen(lane):
            lane.at = None if step == lane.line.step else step
            seen = views(scene_of(0, lane, Look(SEEN, watched=watched), False), SEEN)
            bundles.append(_packed([tell.status(0, lane, False), *seen]))
            steps.append(step)
    finally:
        lane.at = kept
    return {"bundles": bundles, "steps": steps}


def _chosen(lane: Lane) -> list[int]:
    """The steps to be recorded: evenly spread, with those around findings, and the ends."""
    first, last = lane.line.first_step, lane.line.step
    size = max(1, lane.line.job.stack.layout.size * 4 + 20_000)
    most = int(max(8, min(MOST_STATES, LARGEST // size)))
    steps = set(np.linspace(first, last, most).astype(int).tolist())
    for finding in lane.line.findings[-5:]:
        for step in (finding.began, finding.step):
            if step is not None:
                steps |= {min(last, max(first, at)) for at in (step - 1, step)}
    return sorted(steps)


def _packed(frames: list[Frame]) -> str:
    return base64.b64encode(bundle([encode(frame) for frame in frames])).decode("ascii")


def page(words: str) -> str:
    """One HTML file with the lab's own script and style, and the recording."""
    files = page_files()
    script = files["lab.js"].read_text("utf-8").replace("</script", "<\\/script")
    style = files["lab.css"].read_text("utf-8").replace("</style", "<\\/style")
    # A "<" in the recording could end its element; in JSON it may be written otherwise.
    safe = words.replace("<", "\\u003c")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        '<meta name="color-scheme" content="light dark" />\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; script-src '
        "'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:\" />\n"
        f"<title>glassnet replay</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<div id="lab"></div>\n<script type="application/json" id="recording">{safe}</script>\n'
        f'<script type="module">{script}</script>\n</body>\n</html>\n'
    )

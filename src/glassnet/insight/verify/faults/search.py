"""The search for a model: on the data given, on data found in the functions, or collapsed."""

from collections.abc import Iterator, Sequence
from itertools import islice, product

import numpy as np

from glassnet.errors import InputError
from glassnet.insight.verify.evidence.examine import HOME, Seen
from glassnet.insight.verify.evidence.questions import Questions
from glassnet.insight.verify.evidence.samples import Samples, pairs, readings
from glassnet.insight.verify.evidence.shapes import filled
from glassnet.insight.verify.evidence.tree import Point
from glassnet.insight.verify.faults.found import arrays_in
from glassnet.insight.verify.faults.ideas import Lines
from glassnet.insight.verify.inferred.architecture import Chain
from glassnet.insight.verify.inferred.fit import collapse, fit_collapsed, fit_on_data, signed_points
from glassnet.insight.verify.inferred.model import Model
from glassnet.nn.arrays import Array

_POINTS = 4
_MOST_PAIRS = 20
_MOST_MASKS = 12


def models_on_data(questions: Questions, readings_of_shapes: Sequence[Chain]) -> Iterator[Model]:
    """The model that gives the user's loss on the data given, or else on data found."""
    find = _found if questions.data is None else _given
    for chain in readings_of_shapes:
        model = find(questions, chain)
        if model is not None:
            yield model
            return


def models_collapsed(questions: Questions, readings_of_shapes: Sequence[Chain]) -> Iterator[Model]:
    """The models that the loss alone shows, with a layer's weights zero, of every reading."""
    if questions.gradient_function is None:
        return
    for chain in readings_of_shapes:
        if questions.budget.is_spent():
            return
        model = fit_collapsed(questions, chain)
        if model is not None:
            yield model


def lines_at_points(
    questions: Questions, model: Model, seen: Sequence[Seen]
) -> tuple[list[Point], list[Lines]]:
    """Points at which the model is the user's network, and the user's gradient of each layer there.

    With a gradient in numbers it is the user's own point alone. Points where the gradient isn't
    finite are left out.
    """
    if questions.gradient_function is None:
        points = [each.point for each in seen if each.where == HOME and model.X is not None]
    else:
        points = _model_points(questions, model)
        if model.X is not None:
            points += [each.point for each in seen if each.where == HOME]
    kept: list[Point] = []
    answers: list[Point] = []
    for point in points:
        try:
            arrays = filled(questions.tree.shapes, questions.gradient(point))
        except InputError:
            continue
        if all(np.isfinite(model.chain.layers[-1].split(arrays)[0]).ravel()):
            kept.append(point)
            answers.append(arrays)
    lines: list[Lines] = [
        [layer.split(arrays) for arrays in answers] for layer in model.chain.layers
    ]
    return kept, lines


def _model_points(questions: Questions, model: Model) -> list[Point]:
    if model.X is None:
        points = signed_points(model.chain, questions.home, _POINTS, size=model.size)
        return [collapse(point, model.chain, model.start) for point in points]
    scale = 1 / (float(np.sqrt(np.mean(model.X**2))) or 1.0)
    return signed_points(model.chain, questions.home, _POINTS - 1, scale, model.size)


def _given(questions: Questions, chain: Chain) -> Model | None:
    X, Y = questions.data or (None, None)
    for samples in readings(X, Y, chain.widths[0], chain.outputs):
        masks = _masks(questions, chain, samples)
        model = fit_on_data(questions, chain, samples, "the data given", masks)
        if model is not None:
            return model
    return None


def _found(questions: Questions, chain: Chain) -> Model | None:
    arrays = arrays_in(questions.loss_function, questions.gradient_function)
    home = list(questions.home.values())
    arrays = [a for a in arrays if not any(_same(a, b) for b in home)]
    found = pairs(arrays, chain.widths[0], chain.outputs)
    for samples in islice((each for each in found if len(each.X) > 1), _MOST_PAIRS):
        masks = _masks(questions, chain, samples)
        model = fit_on_data(questions, chain, samples, "data found in the functions", masks)
        if model is not None:
            return model
    return None


def _masks(questions: Questions, chain: Chain, samples: Samples) -> list[dict[int, Array]]:
    """No dropout, or masks that the functions hold: arrays of zeros and one other number."""
    found: list[list[Array | None]] = []
    arrays = arrays_in(questions.loss_function, questions.gradient_function)
    for width in chain.widths[1:-1]:
        shape = (width, len(samples.X)) if samples.columns else (len(samples.X), width)
        fitting = [a for a in arrays if a.shape == shape and _is_mask(a)]
        found.append([None, *(a.T if samples.columns else a for a in fitting)])
    choices = [
        {i: mask for i, mask in enumerate(choice) if mask is not None} for choice in product(*found)
    ]
    return choices[:_MOST_MASKS] or [{}]


def _is_mask(array: Array) -> bool:
    values = np.unique(array)
    return len(values) == 2 and values[0] == 0 and values[1] > 0


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and bool(np.array_equal(a, b))

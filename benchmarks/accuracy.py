"""How good the defaults are: `Classifier()` and `Regressor()` without arguments, beside
scikit-learn's MLP, a linear model and an RBF SVM, on the same folds.

    python benchmarks/accuracy.py                  # digits and breast cancer: 10 folds × 5 seeds
    python benchmarks/accuracy.py --battery        # sixteen sets of other kinds
    python benchmarks/accuracy.py --sets wine,moons --folds 10 --seeds 5 --json scores.json

The rivals get what a careful user would give them: columns standardised, missing values filled
with the median, text one-hot, all learned on the training folds alone. Scores are accuracies, or
r² where numbers are predicted; ± is the standard deviation over the seeds of a seed's mean.
"""

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from accuracy_sets import BATTERY, SETS
from joblib import Parallel, delayed
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from threadpoolctl import threadpool_limits

import glassnet as gn

TOLERANCE = 0.01  # a point: how far the defaults may lie under the better of MLP and linear model


def rivals(task: str, seed: int) -> dict[str, object]:
    """The models to compare, untrained."""
    if task == "classification":
        return {
            "glassnet": gn.Classifier(random_state=seed),
            "MLP": prepared(MLPClassifier(random_state=seed)),
            "linear": prepared(LogisticRegression(max_iter=1000)),
            "RBF SVM": prepared(SVC()),
        }
    return {
        "glassnet": gn.Regressor(random_state=seed),
        "MLP": prepared(MLPRegressor(random_state=seed)),
        "linear": prepared(RidgeCV(np.logspace(-3, 3, 13))),
        "RBF SVM": prepared(SVR()),
    }


def prepared(model: object) -> object:
    """The model behind imputation, one-hot encoding and standardisation."""
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore"),
    )
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_exclude="number")),
        sparse_threshold=0,
    )
    return make_pipeline(columns, model)


def score_fold(name: str, fold: int, folds: int, seed: int) -> dict[str, tuple[float, float]]:
    """Every rival's score and fit time on one fold."""
    X, y, task = SETS[name](seed)
    splitter = StratifiedKFold if task == "classification" else KFold
    pairs = list(splitter(folds, shuffle=True, random_state=seed).split(X, y))
    train, test = pairs[fold]
    scores = {}
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # the rivals' convergence warnings
        for rival, model in rivals(task, seed).items():
            began = time.perf_counter()
            model.fit(X.iloc[train], y[train])
            seconds = time.perf_counter() - began
            scores[rival] = (float(model.score(X.iloc[test], y[test])), seconds)
    return scores


def compare(name: str, folds: int, seeds: int, jobs: int) -> dict[str, dict[str, float]]:
    """Mean score, its spread over seeds, and the median fit time, for every rival."""
    tasks = [(fold, seed) for seed in range(seeds) for fold in range(folds)]
    results = Parallel(jobs)(delayed(score_fold)(name, fold, folds, seed) for fold, seed in tasks)
    table = {}
    for rival in results[0]:
        scores = np.array([result[rival][0] for result in results]).reshape(seeds, folds)
        times = [result[rival][1] for result in results]
        table[rival] = {
            "score": float(scores.mean()),
            "spread": float(scores.mean(axis=1).std(ddof=1)) if seeds > 1 else 0.0,
            "fit_seconds": float(np.median(times)),
        }
    return table


def report(name: str, table: dict[str, dict[str, float]]) -> str:
    """One line: each rival's score, and how glassnet stands."""
    ours = table["glassnet"]["score"]
    better = max(table["MLP"]["score"], table["linear"]["score"])
    cells = [
        f"{t['score']:.4f} ±{t['spread']:.4f} {t['fit_seconds']:6.2f} s" for t in table.values()
    ]
    verdict = f"{100 * (ours - better):+.2f}" + ("" if ours >= better - TOLERANCE else "  BEHIND")
    return f"{name:<16}" + "  ".join(cells) + f"  {verdict}"


def main() -> int:
    """Run, print, and leave with 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--battery", action="store_true", help="sets of other kinds")
    parser.add_argument("--sets", help=f"of: {', '.join(SETS)}")
    parser.add_argument("--folds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = options.sets.split(",") if options.sets else ["digits", "breast-cancer"]
    names = list(BATTERY) if options.battery and not options.sets else names
    folds = options.folds
    seeds = options.seeds
    print(f"{folds} folds × {seeds} seeds; score ± spread over seeds, median seconds of a fit")
    head = "  ".join(f"{rival:<24}" for rival in ("glassnet", "MLP", "linear", "RBF SVM"))
    print(f"{'':<16}{head}  points over the better of MLP and linear")
    tables, kept = {}, True
    for name in names:
        tables[name] = compare(name, folds, seeds, options.jobs)
        print(report(name, tables[name]), flush=True)
        scores = {rival: figures["score"] for rival, figures in tables[name].items()}
        kept &= scores["glassnet"] >= max(scores["MLP"], scores["linear"]) - TOLERANCE
        if name == "digits":
            kept &= scores["glassnet"] >= 0.985
        if name == "breast-cancer":
            kept &= scores["glassnet"] >= max(0.977, scores["linear"] - 0.003)
    if options.json:
        options.json.write_text(json.dumps(tables, indent=1) + "\n")
    print("every promise is kept" if kept else "a promise is not kept")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

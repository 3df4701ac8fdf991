#!/usr/bin/env python3
"""Figures of a backtest by an independent implementation: SciPy and NumPy (pip install scipy).

figures.py > figures.tsv writes the table that `command::backtest::statistics` is tested against. Wilson's interval is SciPy's own. The
interval of a lift is the delta method by numerical derivatives (the tested code has the formula), and figures.py --coverage counts how
often it holds the truth in made-up samples: it should be about 95 in 100.
"""
import sys

import numpy as np
import scipy
from scipy.optimize import approx_fprime
from scipy.stats import binomtest, norm

# matched, matched and won, all, all that won: none with an empty cell or one that all won, whose rule is the tested code's own.
CASES = [(312, 41, 5000, 310), (50, 9, 400, 31), (1200, 15, 2000, 60), (30, 29, 100, 40), (7, 3, 40, 9), (90_000, 2_500, 1_000_000, 21_000),
         (12, 1, 12_000, 900)]


def log_lift(rates, matched, others):
    return np.log(rates[0] * (matched + others) / (rates[0] * matched + rates[1] * others))


def lift(matched, matched_won, all_, all_won):
    others, others_won = all_ - matched, all_won - matched_won
    rates = np.array([matched_won / matched, others_won / others])
    slope = approx_fprime(rates, log_lift, 1e-9, matched, others)
    variance = np.sum(slope**2 * rates * (1 - rates) / np.array([matched, others]))
    half = norm.ppf(0.975) * np.sqrt(variance)
    times = np.exp(log_lift(rates, matched, others))
    return times, times * np.exp(-half), times * np.exp(half)


def table():
    print(f"# written by figures.py with SciPy {scipy.__version__}, NumPy {np.__version__}")
    print("# matched\tmatched_won\tall\tall_won\trate_low\trate_high\tlift\tlift_low\tlift_high")
    for case in CASES:
        wilson = binomtest(case[1], case[0]).proportion_ci(method="wilson")
        print("\t".join([*map(str, case), *(f"{figure:.9f}" for figure in (wilson.low, wilson.high, *lift(*case)))]))


def coverage(samples=20_000):
    random = np.random.default_rng(20261103)
    for matched, others, p, q in [(300, 4_700, 0.13, 0.06), (100, 900, 0.2, 0.1), (1_000, 1_000, 0.05, 0.08)]:
        truth = p * (matched + others) / (p * matched + q * others)
        won, others_won = random.binomial(matched, p, samples), random.binomial(others, q, samples)
        good = (won > 0) & (others_won > 0)
        rates = won[good] / matched, others_won[good] / others
        base = (won[good] + others_won[good]) / (matched + others)
        a, c = won[good].astype(float), others_won[good].astype(float)
        variance = (c / (a * (a + c)))**2 * matched * rates[0] * (1 - rates[0]) + (1 / (a + c))**2 * others * rates[1] * (1 - rates[1])
        half = norm.ppf(0.975) * np.sqrt(variance)
        held = np.abs(np.log(rates[0] / base) - np.log(truth)) <= half
        print(f"{matched} of {matched + others}, {p} against {q}: the truth {truth:.3f} is held in {100 * held.mean():.2f} of 100")


if __name__ == "__main__":
    coverage() if "--coverage" in sys.argv else table()

"""What the scripts beside TRL's trainers share: rows in the order of the file, and the seconds of each step."""
import json
import resource
import statistics
import time

import torch
from transformers import TrainerCallback


class Clock(TrainerCallback):
    """Measures each step from its begin to its end."""

    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *args, **kwargs):
        self.start = time.perf_counter()

    def on_step_end(self, *args, **kwargs):
        self.seconds.append(time.perf_counter() - self.start)


def in_order(trainer):
    """The trainer's class, without a shuffle."""

    class InOrder(trainer):
        def _get_train_sampler(self, *args, **kwargs):
            return torch.utils.data.SequentialSampler(self.train_dataset)

    return InOrder


def report(trainer, clock, **more):
    """Prints one JSON line: seconds, losses, memory, and what else is given."""
    losses = [float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry]
    line = {
        "peer": "trl", "step_s": round(statistics.median(clock.seconds[1:]), 3),
        "steps_s": [round(s, 2) for s in clock.seconds], "losses": losses, **more,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
    print(json.dumps(line))

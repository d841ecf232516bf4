"""Conducts searches: asks Optuna what to try, trains each trial as a job of its own, stops those that lead nowhere.

A search has a run folder like every job, but no process: a thread of the server conducts it and holds the folder's
heartbeat. Optuna's journal lies in the folder, and each trial there names its job; so a search whose server was stopped
or killed is found as any job that lost its worker, and goes on with the trials that went on without it.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import JobNotFoundError, PathoLearnError
from patholearn_lab.jobs.endings import Ending, error_record, finish
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.training.search import SearchSpec, read_search, training_of

if TYPE_CHECKING:
    import optuna

    from patholearn_lab.jobs.queue import JobQueue

SEARCH = "search"
"""The label that names the search which a training belongs to; ``trial`` counts from 1, ``values`` is JSON."""
LOOK_EVERY_S = 0.5
_POINTS = 2000

_log = logging.getLogger(__name__)


class Searching:
    """The searches of one data folder.

    Parameters
    ----------
    jobs
        Trains the trials.
    emit
        Makes a cell of a document.
    look_every_s
        How often running trials are looked at, in seconds.
    """

    def __init__(self, jobs: JobQueue, emit: Callable[[Any], Any], *, look_every_s: float = LOOK_EVERY_S) -> None:
        self._jobs = jobs
        self._emit = emit
        self._look_every_s = look_every_s
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def conduct(self, folder: RunFolder) -> None:
        """Conduct the queued search in `folder`, in a thread of its own."""
        thread = threading.Thread(target=self._conduct, args=(folder,), name=f"search-{folder.id}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Leave the searches as they are; the next server goes on with them."""
        self._closed.set()
        for thread in self._threads:
            thread.join()

    def _conduct(self, folder: RunFolder) -> None:
        with folder.watched():
            if not folder.begin_session() or not folder.move_to("running"):
                return
            try:
                search = _Search(folder, self._jobs, self._emit)
                while not self._closed.is_set():
                    folder.beat()
                    ending = search.step()
                    if ending is not None:
                        finish(folder, ending)
                        return
                    self._closed.wait(self._look_every_s)
            except Exception as error:
                if not isinstance(error, PathoLearnError):
                    _log.exception("The search %s cannot go on.", folder.id)
                finish(folder, _failed(error))


class _Search:
    """One search under way."""

    def __init__(self, folder: RunFolder, jobs: JobQueue, emit: Callable[[Any], Any]) -> None:
        asked = folder.spec()
        self._folder = folder
        self._jobs = jobs
        self._emit = emit
        self._owner = asked["owner"]
        self._visibility = asked["visibility"]
        self._name = asked["name"]
        self._spec: SearchSpec = read_search(asked["payload"])
        self._study = _study(folder, self._spec)
        self._running = self._found_again()

    def step(self) -> Ending | None:
        """Look at the running trials, and start further ones; return how the search ended, or None while it goes on."""
        request = self._folder.stop_request()
        if request is not None:
            self._end_children()
            if request.then == "paused":
                return Ending("paused", request.reason)
            if request.keep in ("best", "last") and self._completed():
                self._folder.write_result(self._result())
                return Ending("done", request.reason)
            return Ending("cancelled", request.reason)
        for trial in list(self._running):
            self._look(trial)
        while len(self._running) < self._spec.at_once and self._asked() < self._spec.trials:
            self._start()
        self._report()
        if self._running or self._asked() < self._spec.trials:
            return None
        if not self._completed():
            return _failed(self._why_none())
        self._folder.write_result(self._result())
        return Ending("done", "")

    def _look(self, trial: optuna.Trial) -> None:
        """Tell Optuna what a trial has reached, and stop it where it leads nowhere."""
        import optuna

        job_id = trial.user_attrs["job"]
        try:
            job = self._jobs.find(job_id)
            curve = self._jobs.curves(job_id, _POINTS).curves.get(self._spec.metric)
        except JobNotFoundError:
            # Somebody deleted it.
            self._tell(trial, optuna.trial.TrialState.FAIL, "Its run was deleted.")
            return
        values = list(curve.values) if curve else []
        known = self._study.trials[trial.number].intermediate_values
        for epoch, value in enumerate(values):
            if epoch not in known:
                trial.report(value, epoch)
        if not job.final:
            if self._spec.prune and values and trial.should_prune():
                self._jobs.cancel(job_id)
                self._tell(trial, optuna.trial.TrialState.PRUNED)
        elif job.state == "done" and values:
            self._running.remove(trial)
            self._study.tell(trial, min(values) if self._spec.goal == "minimize" else max(values))
        else:
            why = job.error.message if job.error else f"It has no {self._spec.metric!r}: it ended as {job.state}."
            self._tell(trial, optuna.trial.TrialState.FAIL, why)

    def _start(self) -> None:
        import optuna

        trial = self._study.ask()
        values = {name: dimension.suggest(trial, name) for name, dimension in self._spec.space.items()}
        self._running.append(trial)
        try:
            payload = training_of(self._spec, values, self._emit)
        except PathoLearnError as error:
            # A network that cannot be, such as an image that gets too small: that is an answer, too.
            self._tell(trial, optuna.trial.TrialState.FAIL, error.message)
            return
        labels = {SEARCH: self._folder.id, "trial": str(trial.number + 1), "values": json.dumps(values)}
        kept = {key: value for key, value in self._folder.spec()["labels"].items() if key != SEARCH}
        job = self._jobs.submit(
            "training",
            payload,
            name=f"{self._name} · {trial.number + 1}"[:200],
            owner=self._owner,
            labels={**kept, **labels},
            visibility=self._visibility,
        )
        trial.set_user_attr("job", job.id)

    def _tell(self, trial: optuna.Trial, state: Any, why: str = "") -> None:
        self._running.remove(trial)
        if why:
            trial.set_user_attr("why", why)
        self._study.tell(trial, state=state)

    def _found_again(self) -> list[optuna.Trial]:
        """Return the trials that went on while nobody conducted; one whose job is not known is given up."""
        import optuna

        found = []
        for frozen in self._study.get_trials(states=(optuna.trial.TrialState.RUNNING,)):
            if "job" in frozen.user_attrs:
                found.append(optuna.Trial(self._study, frozen._trial_id))
            else:
                self._study.tell(frozen.number, state=optuna.trial.TrialState.FAIL)
        return found

    def _end_children(self) -> None:
        import optuna

        for trial in list(self._running):
            try:
                self._jobs.cancel(trial.user_attrs["job"])
            except JobNotFoundError as gone:
                _log.info("A trial of the search %s was deleted: %s", self._folder.id, gone.message)
            self._tell(trial, optuna.trial.TrialState.FAIL, "The search was stopped.")

    def _asked(self) -> int:
        return len(self._study.trials)

    def _completed(self) -> list[Any]:
        import optuna

        return self._study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))

    def _why_none(self) -> PathoLearnError:
        reasons = [str(trial.user_attrs["why"]) for trial in self._study.trials if "why" in trial.user_attrs]
        return PathoLearnError(
            f"None of the {self._asked()} trials came to a value of {self._spec.metric!r}. "
            f"{reasons[0] if reasons else ''}",
            "Look at the runs of the trials: each says why it ended.",
        )

    def _report(self) -> None:
        done = self._asked() - len(self._running)
        best = f", best {self._study.best_value:.4g}" if self._completed() else ""
        stage = f"Trial {min(self._asked(), self._spec.trials)} of {self._spec.trials}{best}"
        self._folder.write_progress({"done": done, "total": self._spec.trials, "stage": stage, "eta_s": None})

    def _result(self) -> dict[str, Any]:
        best = self._study.best_trial
        return {
            "metric": self._spec.metric,
            "direction": self._spec.goal,
            "best": {
                "trial": best.number + 1, "job": best.user_attrs["job"], "values": best.params, "value": best.value,
            },
            "importance": _importance(self._study),
            "trials": [
                {
                    "trial": trial.number + 1,
                    "job": trial.user_attrs.get("job"),
                    "state": trial.state.name.lower(),
                    "values": trial.params,
                    "value": trial.value,
                    "why": trial.user_attrs.get("why", ""),
                }
                for trial in self._study.trials
            ],
        }  # fmt: skip


def _study(folder: RunFolder, spec: SearchSpec) -> optuna.Study:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder.path / "study.log")))
    # At least four trials and one epoch are seen before the first is compared with others.
    pruner = (
        optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1) if spec.prune else optuna.pruners.NopPruner()
    )
    return optuna.create_study(
        study_name="search",
        storage=storage,
        sampler=optuna.samplers.TPESampler(seed=spec.seed, n_startup_trials=min(10, max(3, spec.trials // 2))),
        pruner=pruner,
        direction=spec.goal,
        load_if_exists=True,
    )


def _importance(study: optuna.Study) -> dict[str, float]:
    """Return how much of the differences between trials each setting explains; none where too few were completed."""
    import optuna

    completed = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(completed) < 4 or len({trial.value for trial in completed}) < 2:
        return {}
    found = optuna.importance.get_param_importances(study)
    return {name: float(share) for name, share in found.items()}


def _failed(error: BaseException) -> Ending:
    if isinstance(error, PathoLearnError):
        told = {**error.to_dict(), "traceback": ""}
    else:
        told = error_record("job_failed", f"{type(error).__name__}: {error}", "The server's log tells more.")
    return Ending("failed", str(told["message"]), told)

package dev.kelpie.cli.check;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.Members;
import dev.kelpie.config.remote.RemoteModelOptions;
import dev.kelpie.experience.Prompt;
import dev.kelpie.rewards.Rewards;
import dev.kelpie.rewards.annotate.Annotators;
import dev.kelpie.rewards.group.GroupScoring;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.judge.Verdict;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * The judges of an experiment before a run: what each is asked, how often and at what price, and
 * one real verdict.
 */
final class JudgeTrial {
  private static final double LETTERS_PER_TOKEN = 4;
  private static final String ANNOTATOR = "online-reward.annotator";
  private static final String HELD_OUT = "held-out.";
  private static final String COMPARE = "compare";

  private final Experiment experiment;
  private final Map<String, Judge> judges = new TreeMap<>();
  private final Map<String, LogprobJudge> ofRun;
  private final Optional<Judge> comparing;

  JudgeTrial(Experiment experiment) {
    this.experiment = experiment;
    judges.putAll(Rewards.judges(experiment));
    Annotators.judge(experiment).ifPresent(judge -> judges.put(ANNOTATOR, judge));
    this.comparing = GroupScoring.of(experiment).flatMap(GroupScoring::judge);
    comparing.ifPresent(judge -> judges.put(COMPARE, judge));
    this.ofRun = ChoiceChecks.judges(experiment);
  }

  /** The keys of the blocks that judge. */
  List<String> keys() {
    return List.copyOf(judges.keySet());
  }

  /** Whether a verdict of it is none of those that the check of the reward has asked for. */
  boolean asks(String key) {
    return key.equals(COMPARE) || ofRun.containsKey(key);
  }

  /**
   * The text that a judge is asked first in this data, requests of a run and their price.
   *
   * @param rows the first prompts, whose reference answers stand for responses
   * @param heldOut held-out prompts that the experiment has
   */
  String describe(String key, List<Prompt> rows, long heldOut) {
    Judge judge = judge(key);
    Prompt prompt = rows.get(0);
    String text = judge.filled(prompt, prompt.answer().orElse(""), other(judge, rows));
    StringBuilder lines = new StringBuilder(cost(key, judge, text, heldOut));
    lines.append("; for ").append(prompt.id()).append(" it is asked:");
    text.strip().lines().forEach(line -> lines.append("\n    ").append(line));
    return lines.toString();
  }

  /** What the reference answer is compared with: that of another row. */
  private String other(Judge judge, List<Prompt> rows) {
    Prompt last = rows.get(rows.size() - 1);
    return judge.comparesPairs() ? last.answer().orElse("") : "";
  }

  private String cost(String key, Judge judge, String text, long heldOut) {
    long training = key.startsWith(HELD_OUT) ? 0 : requests(key, judge);
    long evaluation =
        comparing.filter(judge::equals).isPresent() || key.equals(ANNOTATOR)
            ? 0
            : ofEvaluations(judge, heldOut);
    long all = training + evaluation;
    RemoteModelOptions model = RemoteModelOptions.all(experiment).get(judge.model());
    if (model == null) {
      return String.format(
          Locale.ROOT,
          "models.%s: at most %,d texts of a run (%,d for training, %,d for evaluations), whose"
              + " next token is one of %s",
          judge.model(),
          all,
          training,
          evaluation,
          judge.choices());
    }
    double input = text.length() / LETTERS_PER_TOKEN;
    double money = model.price().of(all * input, (double) all * judge.maxTokens());
    return String.format(
        Locale.ROOT,
        "models.%s: at most %,d requests of a run (%,d for training, %,d for evaluations), each of"
            + " about %.0f tokens and an answer of at most %d%s",
        judge.model(),
        all,
        training,
        evaluation,
        Math.ceil(input),
        judge.maxTokens(),
        money > 0
            ? String.format(Locale.ROOT, ": at most about %.2f by its price", money)
            : "; no price is given");
  }

  private long requests(String key, Judge judge) {
    long groups = experiment.run().steps() * (long) experiment.rollout().promptsPerStep();
    long members = (long) experiment.rollout().groupSize() + Members.of(experiment).responses();
    long judged = key.equals(COMPARE) ? members * (members - 1) / 2 : members;
    return groups * (judged * judge.questions() + judge.questionsOfPrompt());
  }

  private long ofEvaluations(Judge judge, long heldOut) {
    int limit = experiment.eval().samples();
    long prompts = limit == 0 ? heldOut : Math.min(limit, heldOut);
    long steps = experiment.run().steps();
    long times =
        1
            + LongStream.rangeClosed(1, steps)
                .filter(s -> experiment.eval().isDueAfter(s, steps))
                .count();
    long modes = experiment.eval().greedy() ? 2 : 1;
    return prompts == 0
        ? 0
        : prompts * (times * modes * judge.questions() + judge.questionsOfPrompt());
  }

  /**
   * One real verdict of a judge.
   *
   * @throws ConfigException with the reason where there is none
   */
  String ask(String key, List<Prompt> rows) throws InterruptedException {
    Judge judge = judge(key);
    Prompt prompt = rows.get(0);
    String answer = prompt.answer().orElse("");
    LogprobJudge scored = ofRun.get(key);
    if (scored != null) {
      List<String> texts =
          key.equals(COMPARE) ? List.of(answer, other(judge, rows)) : List.of(answer);
      Verdict verdict = new LogprobTrial(experiment, key, scored).ask(prompt, texts);
      return verdict(judge.model(), prompt, verdict) + ", by its log-probabilities";
    }
    try (Connections connections = Connections.open(experiment, Optional.empty(), problem -> {})) {
      var model = connections.model(judge.model());
      Verdict verdict =
          key.equals(COMPARE)
              ? judge.compare(model, prompt, answer, other(judge, rows))
              : judge.judge(model, prompt, answer);
      return verdict(String.valueOf(model.place()), prompt, verdict)
          + ", by "
          + model.requests()
          + " requests";
    } catch (RemoteException e) {
      throw new ConfigException(key + ": " + e.getMessage());
    }
  }

  private static String verdict(String place, Prompt prompt, Verdict verdict) {
    return String.format(
        Locale.ROOT,
        "verdict of %s on the reference answer of %s: %s",
        place,
        prompt.id(),
        verdict.value());
  }

  private Judge judge(String key) {
    return Objects.requireNonNull(judges.get(key), key);
  }
}

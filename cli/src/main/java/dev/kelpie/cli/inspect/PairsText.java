package dev.kelpie.cli.inspect;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.config.ConfigException;
import dev.kelpie.dashboard.ImplicitRewards;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pairs of a step as text: both responses side by side below their prompt and their numbers.
 *
 * @param group only pairs of this group; null: of any
 * @param text found in the prompt or in one of the responses
 * @param wrong only pairs whose implicit reward prefers the rejected response
 */
record PairsText(RunFolder run, @Nullable Integer group, Optional<Pattern> text, boolean wrong) {
  /** Pairs that are shown without a filter. */
  private static final int FIRST = 10;

  /**
   * The lines of a step, of the newest with pairs where it is null.
   *
   * @param beside lays blocks out for the terminal
   * @throws ConfigException for a step without pairs and for a file that cannot be read
   */
  List<String> lines(@Nullable Long step, Function<List<SideBySide.Block>, List<String>> beside) {
    SamplesCommand.requireFolder(run.root());
    PairFiles files = new PairFiles(run.rollouts());
    long chosen = chosen(files, step);
    try {
      return lines(chosen, files.read(chosen), new SampleFiles(run.rollouts()), beside);
    } catch (CorruptFileException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  private long chosen(PairFiles files, @Nullable Long step) {
    NavigableSet<Long> steps;
    try {
      steps = files.steps();
    } catch (IOException e) {
      throw new ConfigException(run.root() + ": its rollouts cannot be listed: " + e.getMessage());
    }
    if (steps.isEmpty()) {
      throw new ConfigException(
          run.root()
              + ": no rollouts/step-N-pairs.arrow (expected: a run with a loss over pairs that has"
              + " finished a step)");
    }
    if (step != null && !steps.contains(step)) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "--step: %s (expected: %s, the steps with pairs)",
              step,
              SamplesCommand.ranges(List.copyOf(steps))));
    }
    return step == null ? steps.last() : step;
  }

  private List<String> lines(
      long step,
      List<TrainedPair> pairs,
      SampleFiles files,
      Function<List<SideBySide.Block>, List<String>> beside) {
    ImplicitRewards rewards = ImplicitRewards.of(run);
    ScoredGroups samples = files.read(step);
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "step %s of %s: %s pairs, %s the wrong way round%s",
            step,
            run.root(),
            pairs.size(),
            pairs.stream().filter(ImplicitRewards::isWrongWayRound).count(),
            Double.isNaN(rewards.beta()) ? ", no beta known" : ", beta " + rewards.beta()));
    List<Integer> matching = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      if (matches(pairs.get(i), samples)) {
        matching.add(i);
      }
    }
    boolean filtered = group != null || text.isPresent() || wrong;
    List<Integer> shown =
        filtered || matching.size() <= FIRST ? matching : matching.subList(0, FIRST);
    for (int i : shown) {
      lines.add("");
      lines.addAll(head(i, pairs.get(i), rewards, samples));
      lines.add("");
      lines.addAll(
          beside.apply(
              List.of(
                  block("chosen", pairs.get(i).chosen(), rewards, samples),
                  block("rejected", pairs.get(i).rejected(), rewards, samples))));
    }
    if (shown.isEmpty() && !pairs.isEmpty()) {
      lines.add("no pair matches");
    } else if (shown.size() < matching.size()) {
      lines.add(
          (matching.size() - shown.size()) + " more: --group K, --text PATTERN or --wrong choose");
    }
    return lines;
  }

  private boolean matches(TrainedPair pair, ScoredGroups samples) {
    if ((wrong && !ImplicitRewards.isWrongWayRound(pair))
        || (group != null && pair.chosen().group().index() != group)) {
      return false;
    }
    return text.isEmpty()
        || Stream.of(pair.chosen(), pair.rejected())
            .flatMap(side -> samples.sample(side.group(), side.sample()).stream())
            .flatMap(sample -> Stream.of(sample.text(), sample.prompt().text()))
            .anyMatch(one -> text.get().matcher(one).find());
  }

  private static List<String> head(
      int number, TrainedPair pair, ImplicitRewards rewards, ScoredGroups samples) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "pair %s, group %s: %s",
            number + 1,
            pair.chosen().group().index(),
            verdict(pair, rewards)));
    lines.add(
        String.format(
            Locale.ROOT,
            "label p %.3f, weight %.3f, margin %.3f, from %s",
            pair.probability(),
            pair.weight(),
            pair.margin(),
            SafeText.line(pair.source())));
    samples
        .sample(pair.chosen().group(), pair.chosen().sample())
        .ifPresent(sample -> lines.addAll(SamplesCommand.prompt(sample.prompt())));
    return lines;
  }

  private static String verdict(TrainedPair pair, ImplicitRewards rewards) {
    if (Double.isNaN(pair.chosen().logRatio() - pair.rejected().logRatio())) {
      return "no implicit reward, because no reference is recorded";
    }
    String way = ImplicitRewards.isWrongWayRound(pair) ? ", the wrong way round" : "";
    double difference = rewards.difference(pair);
    return Double.isNaN(difference)
        ? String.format(
            Locale.ROOT,
            "log-ratio, chosen minus rejected, %+.4f%s",
            pair.chosen().logRatio() - pair.rejected().logRatio(),
            way)
        : String.format(
            Locale.ROOT, "implicit reward, chosen minus rejected, %+.4f%s", difference, way);
  }

  private static SideBySide.Block block(
      String name, TrainedPair.Side side, ImplicitRewards rewards, ScoredGroups samples) {
    Optional<Trajectory> sample = samples.sample(side.group(), side.sample());
    List<String> head = new ArrayList<>();
    head.add(
        String.format(
            Locale.ROOT,
            "%s: #%d%s",
            name,
            side.sample(),
            sample.map(PairsText::member).orElse("")));
    head.add(String.format(Locale.ROOT, "score %.3f", side.score()));
    if (!Double.isNaN(rewards.of(side))) {
      head.add(String.format(Locale.ROOT, "implicit reward %+.4f", rewards.of(side)));
    }
    if (!Double.isNaN(side.logRatio())) {
      head.add(String.format(Locale.ROOT, "log-ratio %+.4f", side.logRatio()));
    }
    head.add(String.format(Locale.ROOT, "log-probability %.4f", side.logprob()));
    head.add(sample.map(SamplesCommand::ending).orElse("the step's samples do not have it"));
    if (!side.variant().isEmpty()) {
      head.add("under the prompt variant " + SafeText.line(side.variant()));
    }
    return new SideBySide.Block(head, sample.map(one -> SafeText.lines(one.text())).orElse(""));
  }

  private static String member(Trajectory sample) {
    Origin origin = sample.origin();
    String under = origin.variant().isEmpty() ? "" : ", sampled under " + origin.variant();
    return origin.member().equals(Origin.POLICY_MEMBER)
        ? ""
        : SafeText.line(" of " + origin.member() + under);
  }
}

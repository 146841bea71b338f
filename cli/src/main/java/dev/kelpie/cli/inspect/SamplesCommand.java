package dev.kelpie.cli.inspect;

import dev.kelpie.cli.terminal.Cells;
import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.cli.terminal.Terminal;
import dev.kelpie.config.ConfigException;
import dev.kelpie.experience.FailedTrajectory;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie samples}: the responses of a step, those to one prompt side by side. */
@Command(
    name = "samples",
    description = {
      "Show what a step was trained on: a prompt and its responses side by side, with rewards,",
      "advantages and lengths. Without a filter one group is shown, else all that match."
    },
    footer = {
      "",
      "Example: kelpie samples runs/RUN --step 4 --group 2",
      "Example: kelpie samples runs/RUN --reward-below 0.5 --text \"15\"",
      "Example: kelpie samples runs/RUN --step 4 --pairs --wrong"
    })
public final class SamplesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "RUN", description = "Run folder.")
  private Path run = Path.of("");

  @Option(names = "--step", paramLabel = "N", description = "The step; default: the newest.")
  private @Nullable Long step;

  @Option(names = "--group", paramLabel = "K", description = "Only the step's group number K.")
  private @Nullable Integer group;

  @Option(
      names = "--reward-below",
      paramLabel = "X",
      description = "Only responses with a reward below X, or without one.")
  private @Nullable Double rewardBelow;

  @Option(
      names = "--text",
      paramLabel = "PATTERN",
      description =
          "Only responses in which, or in whose prompt, this regular expression is found.")
  private @Nullable String text;

  @Option(
      names = "--width",
      paramLabel = "N",
      description = "Columns to fill; default: the terminal's. Off a terminal: no columns.")
  private @Nullable Integer width;

  @Option(
      names = "--pairs",
      description =
          "The step's pairs instead: chosen and rejected response side by side, with label and"
              + " implicit rewards.")
  private boolean pairs;

  @Option(
      names = "--wrong",
      description = "With --pairs: only those whose implicit reward prefers the rejected response.")
  private boolean wrong;

  @Override
  public Integer call() {
    if (wrong && !pairs) {
      throw new ConfigException("--wrong: given without --pairs (expected: beside --pairs)");
    }
    if (pairs) {
      return showPairs();
    }
    SampleFiles files = new SampleFiles(new RunFolder(run).rollouts());
    long chosen = chosen(files);
    ScoredGroups read;
    try {
      read = files.read(chosen);
    } catch (CorruptFileException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
    Optional<Pattern> pattern = pattern();
    List<Match> matches = new ArrayList<>();
    for (TrajectoryGroup candidate : read.groups()) {
      boolean asked = group == null || candidate.id().index() == group;
      List<Shown> some = asked ? matching(candidate, read.advantages(), pattern) : List.of();
      if (!some.isEmpty()) {
        matches.add(new Match(candidate, some));
      }
    }
    print(chosen, read.groups(), matches);
    return 0;
  }

  private int showPairs() {
    if (rewardBelow != null) {
      throw new ConfigException(
          "--reward-below: given beside --pairs (expected: --group, --text or --wrong)");
    }
    PairsText text = new PairsText(new RunFolder(run), group, pattern(), wrong);
    PrintWriter out = spec.commandLine().getOut();
    text.lines(step, this::lines).forEach(out::println);
    out.flush();
    return 0;
  }

  /** The step to show; one without samples is refused with those that have some. */
  private long chosen(SampleFiles files) {
    requireFolder(run);
    NavigableSet<Long> steps;
    try {
      steps = files.steps();
    } catch (IOException e) {
      throw new ConfigException(run + ": its rollouts cannot be listed: " + e.getMessage());
    }
    if (steps.isEmpty()) {
      throw new ConfigException(
          run + ": no rollouts/step-N.arrow (expected: a run that has finished a step)");
    }
    if (step != null && !steps.contains(step)) {
      throw new ConfigException(
          "--step: " + step + " (expected: " + ranges(List.copyOf(steps)) + ")");
    }
    return step == null ? steps.last() : step;
  }

  static void requireFolder(Path run) {
    if (!Files.isDirectory(run)) {
      throw new ConfigException(run + ": no such folder (expected: a run folder)");
    }
  }

  /** Numbers in order as people write them: {@code 1 to 4, 7}. */
  static String ranges(List<Long> numbers) {
    List<String> ranges = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < numbers.size(); i++) {
      if (i + 1 == numbers.size() || numbers.get(i + 1) != numbers.get(i) + 1) {
        ranges.add(
            from == i
                ? String.valueOf(numbers.get(i))
                : numbers.get(from) + (i == from + 1 ? ", " : " to ") + numbers.get(i));
        from = i + 1;
      }
    }
    return String.join(", ", ranges);
  }

  private Optional<Pattern> pattern() {
    try {
      return Optional.ofNullable(text).map(Pattern::compile);
    } catch (PatternSyntaxException e) {
      throw new ConfigException(
          "--text: " + text + " (expected: a regular expression; " + e.getDescription() + ")");
    }
  }

  /** A group with those of its responses that were asked for. */
  private record Match(TrajectoryGroup group, List<Shown> responses) {}

  /** A response as it is shown. */
  private record Shown(Trajectory trajectory, List<String> head) {}

  private List<Shown> matching(
      TrajectoryGroup candidate, Map<SampleId, PerToken> advantages, Optional<Pattern> pattern) {
    double below = rewardBelow == null ? Double.POSITIVE_INFINITY : rewardBelow;
    Map<Integer, Shown> bySample = new TreeMap<>();
    for (ScoredTrajectory member : candidate.members()) {
      if (!(member.reward() < below)) {
        continue;
      }
      Trajectory trajectory = member.trajectory();
      List<String> head = new ArrayList<>();
      head.add(String.format(Locale.ROOT, "#%d  reward %.3f", sample(trajectory), member.reward()));
      Optional.ofNullable(advantages.get(trajectory.id()))
          .ifPresent(numbers -> head.add(advantage(numbers)));
      new TreeMap<>(member.score().parts())
          .forEach(
              (name, value) ->
                  head.add(String.format(Locale.ROOT, "%s %.3f", SafeText.line(name), value)));
      head.add(ending(trajectory));
      bySample.put(sample(trajectory), new Shown(trajectory, head));
    }
    for (FailedTrajectory failed : candidate.failed()) {
      List<String> head =
          List.of(
              "#" + sample(failed.trajectory()) + "  no reward",
              SafeText.line(failed.reason()),
              ending(failed.trajectory()));
      bySample.put(sample(failed.trajectory()), new Shown(failed.trajectory(), head));
    }
    return bySample.values().stream()
        .filter(
            shown ->
                pattern.isEmpty()
                    || pattern.get().matcher(shown.trajectory().text()).find()
                    || pattern.get().matcher(shown.trajectory().prompt().text()).find())
        .toList();
  }

  private static int sample(Trajectory trajectory) {
    return trajectory.id().sample();
  }

  /** One number where all tokens have the same, as group estimators give. */
  private static String advantage(PerToken numbers) {
    if (numbers.length() == 0) {
      return "advantage of no token";
    }
    DoubleSummaryStatistics range =
        IntStream.range(0, numbers.length()).mapToDouble(numbers::get).summaryStatistics();
    return range.getMin() == range.getMax()
        ? String.format(Locale.ROOT, "advantage %+.3f", range.getMin())
        : String.format(
            Locale.ROOT,
            "advantage %+.3f, %+.3f to %+.3f",
            numbers.sum() / numbers.length(),
            range.getMin(),
            range.getMax());
  }

  static String ending(Trajectory trajectory) {
    String reason = trajectory.finishReason().name().toLowerCase(Locale.ROOT);
    return reason + ", " + trajectory.response().length() + " tokens";
  }

  private void print(long chosen, List<TrajectoryGroup> all, List<Match> matches) {
    PrintWriter out = spec.commandLine().getOut();
    String place = "step " + chosen + " of " + run;
    if (matches.isEmpty()) {
      if (all.stream().noneMatch(one -> group == null || one.id().index() == group)) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "--group: %s (expected: %s, the groups of step %s)",
                group,
                indexes(all),
                chosen));
      }
      out.println(place + ": no response matches");
      out.flush();
      return;
    }
    boolean filtered = rewardBelow != null || text != null;
    List<Match> shown = filtered || group != null ? matches : matches.subList(0, 1);
    shown.forEach(match -> print(out, place, match, all.size()));
    if (shown.size() < all.size() && !filtered && group == null) {
      out.println("groups " + indexes(all) + ": --group K shows another");
    }
    out.flush();
  }

  private static String indexes(List<TrajectoryGroup> groups) {
    return ranges(groups.stream().map(one -> (long) one.id().index()).toList());
  }

  private void print(PrintWriter out, String place, Match match, int groups) {
    TrajectoryGroup one = match.group();
    int responses = one.members().size() + one.failed().size();
    out.printf(
        Locale.ROOT,
        "%s, group %s (one of %s): %s of %s responses%s%n",
        place,
        one.id().index(),
        groups,
        match.responses().size(),
        responses,
        rewards(one));
    out.println();
    prompt(match.responses().get(0).trajectory().prompt()).forEach(out::println);
    out.println();
    List<SideBySide.Block> blocks =
        match.responses().stream()
            .map(r -> new SideBySide.Block(r.head(), SafeText.lines(r.trajectory().text())))
            .toList();
    lines(blocks).forEach(out::println);
  }

  /** Lines of a prompt with its answer. */
  static List<String> prompt(Prompt prompt) {
    List<String> lines = new ArrayList<>();
    lines.add("prompt " + SafeText.line(prompt.id()) + ", " + prompt.tokens().length() + " tokens");
    SafeText.lines(prompt.text()).lines().forEach(line -> lines.add("  " + line));
    prompt
        .answer()
        .ifPresent(answer -> lines.add("answer " + Cells.cut(SafeText.line(answer), 200)));
    return lines;
  }

  private List<String> lines(List<SideBySide.Block> blocks) {
    Terminal terminal = Terminal.here();
    int columns = width == null ? terminal.columns() : width;
    boolean wide = width != null || terminal.interactive();
    return wide && columns >= 2 * SideBySide.NARROWEST
        ? SideBySide.lines(blocks, columns)
        : SideBySide.below(blocks);
  }

  private static String rewards(TrajectoryGroup one) {
    DoubleSummaryStatistics rewards =
        one.members().stream().mapToDouble(ScoredTrajectory::reward).summaryStatistics();
    return rewards.getCount() == 0
        ? ", none with a reward"
        : String.format(
            Locale.ROOT,
            ", rewards %.3f to %.3f, mean %.3f",
            rewards.getMin(),
            rewards.getMax(),
            rewards.getAverage());
  }
}

package dev.kelpie.runs.label;

import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PairAnswers;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainedPair;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.PairFiles;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.wire.arrow.ScoredGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What people can be asked about a run, from its recorded samples. A step of a loss over pairs
 * gives its pairs; each group without a pair gives its response of highest reward with that of
 * lowest, or its first two different ones where no reward differs. Two equal texts are no pair.
 * Only the names are kept in memory.
 */
public final class LabelItems {
  /** Steps that are looked at; the newest of those asked for. */
  public static final int MOST_STEPS = 500;

  private final RunFolder folder;
  private final Map<Long, Step> steps = new HashMap<>();
  private final Map<Long, String> unreadable = new TreeMap<>();
  private SampleFiles samples;
  private PairFiles pairs;

  private record Step(List<FileTime> times, List<ItemKey> pairs, List<ItemKey> singles) {}

  /** The items of the run in {@code folder}. */
  public LabelItems(RunFolder folder) {
    this.folder = folder;
    this.samples = new SampleFiles(folder.rollouts());
    this.pairs = new PairFiles(folder.rollouts());
  }

  /**
   * Names of the items of the newest steps within a range, in order.
   *
   * @param single single responses instead of pairs
   * @throws IOException when the folder cannot be listed
   */
  public synchronized List<ItemKey> keys(boolean single, long firstStep, long lastStep)
      throws IOException {
    NavigableSet<Long> all = samples.steps();
    List<ItemKey> keys = new ArrayList<>();
    if (firstStep > lastStep) {
      return keys;
    }
    List<Long> newest =
        all.subSet(firstStep, true, lastStep, true).descendingSet().stream()
            .limit(MOST_STEPS)
            .sorted()
            .toList();
    for (long number : newest) {
      Step step = step(number);
      if (step != null) {
        keys.addAll(single ? step.singles() : step.pairs());
      }
    }
    return keys;
  }

  /** How many steps the run has recorded samples of. */
  public synchronized int recordedSteps() throws IOException {
    return samples.steps().size();
  }

  /** One line for each step whose samples cannot be read. */
  public synchronized List<String> problems() {
    return unreadable.entrySet().stream()
        .map(entry -> "step " + entry.getKey() + " cannot be read: " + entry.getValue())
        .toList();
  }

  private @Nullable Step step(long number) {
    Step known = steps.get(number);
    try {
      List<FileTime> times = times(number);
      if (known == null || !known.times().equals(times)) {
        if (known != null) {
          // its pairs were written since, or a resumed run has done it anew
          samples = new SampleFiles(folder.rollouts());
        }
        known = index(number, times);
        steps.put(number, known);
      }
      unreadable.remove(number);
      return known;
    } catch (IOException | RuntimeException e) {
      unreadable.put(number, String.valueOf(e.getMessage()));
      return null;
    }
  }

  private List<FileTime> times(long number) throws IOException {
    FileTime own = Files.getLastModifiedTime(samples.file(number));
    return pairs.steps().contains(number)
        ? List.of(own, Files.getLastModifiedTime(pairs.file(number)))
        : List.of(own);
  }

  private Step index(long number, List<FileTime> times) {
    ScoredGroups scored = samples.read(number);
    List<ItemKey> singles = new ArrayList<>();
    for (TrajectoryGroup group : scored.groups()) {
      for (ScoredTrajectory member : group.members()) {
        keep(LabelItem.single(member), singles);
      }
    }
    List<ItemKey> two = new ArrayList<>();
    for (LabelItem item : pairs(number, scored).values()) {
      keep(item, two);
    }
    return new Step(times, two, singles);
  }

  private static void keep(LabelItem item, List<ItemKey> keys) {
    int length = item.prompt().length();
    for (String text : item.responses()) {
      length += text.length();
    }
    if (length <= PairAnswers.LONGEST_TEXTS) {
      keys.add(item.key());
    }
  }

  /** The pairs of a step by their names. */
  private Map<ItemKey, LabelItem> pairs(long number, ScoredGroups scored) {
    Map<ItemKey, LabelItem> found = new LinkedHashMap<>();
    Set<Integer> paired = new HashSet<>();
    for (TrainedPair pair : pairs.read(number)) {
      trained(pair, scored)
          .ifPresent(
              item -> {
                found.putIfAbsent(item.key(), item);
                paired.add(item.key().group());
              });
    }
    for (TrajectoryGroup group : scored.groups()) {
      if (!paired.contains(group.id().index())) {
        best(group).ifPresent(item -> found.putIfAbsent(item.key(), item));
      }
    }
    return found;
  }

  private static Optional<LabelItem> trained(TrainedPair pair, ScoredGroups scored) {
    TrainedPair.Side chosen = pair.chosen();
    TrainedPair.Side rejected = pair.rejected();
    if (!chosen.group().equals(rejected.group())) {
      return Optional.empty();
    }
    GroupId group = chosen.group();
    ScoredTrajectory one = member(scored, group, chosen.sample());
    ScoredTrajectory other = member(scored, group, rejected.sample());
    return one == null || other == null || sameText(one, other)
        ? Optional.empty()
        : Optional.of(LabelItem.pair(one, other, pair.probability()));
  }

  private static @Nullable ScoredTrajectory member(ScoredGroups scored, GroupId group, int sample) {
    return scored.groups().stream()
        .filter(one -> one.id().equals(group))
        .flatMap(one -> one.members().stream())
        .filter(one -> one.trajectory().id().sample() == sample)
        .findFirst()
        .orElse(null);
  }

  private static boolean sameText(ScoredTrajectory one, ScoredTrajectory other) {
    return one.trajectory().text().equals(other.trajectory().text());
  }

  /** The pair of a group that no loss over pairs has made pairs of. */
  private static Optional<LabelItem> best(TrajectoryGroup group) {
    List<ScoredTrajectory> ranked = new ArrayList<>(group.members());
    ranked.sort(Comparator.comparingDouble(member -> -member.reward()));
    for (int last = ranked.size() - 1; last > 0; last--) {
      if (!sameText(ranked.get(0), ranked.get(last))) {
        return Optional.of(LabelItem.pair(ranked.get(0), ranked.get(last), Double.NaN));
      }
    }
    return Optional.empty();
  }

  /**
   * An item as its step has it now; empty when the step has no such one, or another under its
   * numbers.
   */
  public synchronized Optional<LabelItem> find(ItemKey key) {
    Step step = step(key.step());
    if (step == null) {
      return Optional.empty();
    }
    ScoredGroups scored = samples.read(key.step());
    GroupId group = new GroupId(Purpose.ROLLOUT, key.step(), key.group());
    ScoredTrajectory first = member(scored, group, key.first());
    ScoredTrajectory second = member(scored, group, key.second());
    if (first == null || (second == null) == key.isPair()) {
      return Optional.empty();
    }
    LabelItem found =
        second == null
            ? LabelItem.single(first)
            : Optional.ofNullable(pairs(key.step(), scored).get(key))
                .orElseGet(() -> LabelItem.pair(first, second, Double.NaN));
    return Optional.of(found).filter(item -> item.key().equals(key));
  }
}

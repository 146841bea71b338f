package dev.kelpie.actors.work;

import dev.kelpie.config.people.PeopleOptions;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.PairAnswers;
import dev.kelpie.experience.PairAnswers.AskedPair;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TrainingBatch;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.runs.ReplayedGroup;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.label.ItemKey;
import dev.kelpie.runs.label.LabelItem;
import dev.kelpie.runs.label.LabelsFile;
import dev.kelpie.runs.label.PairQueue;
import dev.kelpie.runs.label.QueueEvent;
import dev.kelpie.runs.label.QueueFile;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.file.CorruptFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The pairs that people label while the run goes on. Before a step, {@code queue.jsonl} is told
 * which answers join it, so that a step that is done anew takes the same; after it, which of its
 * pairs wait.
 */
final class PeopleQueue {
  private final PeopleOptions options;
  private final PairQueue.Limits limits;
  private final SampleFiles samples;
  private final LabelsFile labels;
  private final QueueFile file;

  PeopleQueue(PeopleOptions options, RunFolder folder) {
    this.options = options;
    this.limits =
        new PairQueue.Limits(
            options.waiting(),
            options.answers(),
            options.maxAge(),
            options.budget(),
            !options.fallback().values().isEmpty());
    this.samples = new SampleFiles(folder.rollouts());
    this.labels = new LabelsFile(folder);
    this.file = new QueueFile(folder);
  }

  /** A file of the queue. */
  private interface Access<T> {
    T use() throws IOException;
  }

  private static <T> T use(Access<T> access) {
    try {
      return access.use();
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  private void append(QueueEvent event) {
    use(
        () -> {
          file.append(event);
          return true;
        });
  }

  /** A process begins after {@code step}. */
  void opened(long step) {
    append(new QueueEvent.Opened(step, options.answers()));
  }

  /** The samples of a step with the pairs of earlier steps that people have answered since. */
  StepPool.Pool join(StepPool.Pool own) {
    long step = own.batch().step();
    PairQueue queue = use(file::read);
    QueueEvent.Decided decided =
        queue.decided(step).orElseGet(() -> use(() -> decide(queue, step)));
    Set<GroupId> wanted = new TreeSet<>();
    List<PairAnswers.Answered> joining = new ArrayList<>();
    for (QueueEvent.Joined one : decided.joined()) {
      AskedPair pair = pair(one.pair());
      wanted.add(pair.group());
      joining.add(new PairAnswers.Answered(pair, one.probability()));
    }
    List<TrajectoryGroup> groups = new ArrayList<>(own.batch().groups());
    List<ReplayedGroup> replayed = new ArrayList<>(own.replayed());
    Map<String, Map<SampleId, PerToken>> numbers = new HashMap<>();
    own.batch().numbers().forEach((name, rows) -> numbers.put(name, new HashMap<>(rows)));
    wanted.forEach(
        id -> {
          ScoredGroups recorded = samples.read(id.step());
          TrajectoryGroup whole = find(recorded, id);
          groups.add(whole);
          replayed.add(StepPool.replayed(whole));
          whole.members().forEach(member -> add(recorded, member.trajectory().id(), numbers));
        });
    TrainingBatch batch =
        new TrainingBatch(step, groups, numbers, new PairAnswers(decided.room(), joining));
    return new StepPool.Pool(batch, replayed, own.absent());
  }

  private QueueEvent.Decided decide(PairQueue queue, long step) throws IOException {
    QueueEvent.Decided decided = queue.decide(step, limits, labels.read());
    file.append(decided);
    return decided;
  }

  private static AskedPair pair(QueueEvent.Item item) {
    GroupId group = new GroupId(Purpose.ROLLOUT, item.key().step(), item.key().group());
    return new AskedPair(group, item.chosen(), item.rejected(), item.features());
  }

  private TrajectoryGroup find(ScoredGroups recorded, GroupId id) {
    return recorded.groups().stream()
        .filter(group -> group.id().equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                CorruptFileException.of(
                    "%s: no group %s (expected: the responses that people have judged)",
                    samples.file(id.step()), id));
  }

  private static void add(
      ScoredGroups recorded, SampleId id, Map<String, Map<SampleId, PerToken>> numbers) {
    recorded
        .numbers(id)
        .forEach((name, row) -> numbers.computeIfAbsent(name, key -> new HashMap<>()).put(id, row));
  }

  /** Adds the numbers of the queue to those of a step. */
  Map<String, Double> metrics(long step, Map<String, Double> values, List<AskedPair> asked) {
    PairQueue queue = use(file::read);
    QueueEvent.Decided decided = queue.decided(step).orElseThrow();
    long people = decided.joined().stream().filter(one -> one.probability().isPresent()).count();
    Map<String, Double> all = new LinkedHashMap<>(values);
    all.put("people/waiting", (double) queue.waitingAfter(step) + asked.size());
    all.put("people/asked", (double) asked.size());
    all.put("people/joined", (double) people);
    all.put("people/fallback", (double) decided.joined().size() - people);
    all.put("people/expired", (double) decided.expired().size());
    decided.joined().stream()
        .filter(one -> one.probability().isPresent())
        .mapToLong(one -> step - one.pair().key().step())
        .average()
        .ifPresent(age -> all.put("people/age", age));
    return all;
  }

  /**
   * Pairs of a step wait from now on; its samples are recorded.
   *
   * @param last whether no step follows: the run waits for nobody any longer
   */
  void asked(TrainingBatch batch, List<AskedPair> asked, boolean last) {
    if (!asked.isEmpty()) {
      append(
          new QueueEvent.Asked(
              batch.step(),
              asked.stream()
                  .map(
                      pair -> new QueueEvent.Item(key(batch, pair), pair.chosen(), pair.features()))
                  .toList()));
    }
    if (last) {
      append(new QueueEvent.Closed());
    }
  }

  private static ItemKey key(TrainingBatch batch, AskedPair pair) {
    Map<Integer, ScoredTrajectory> members = new HashMap<>();
    batch.groups().stream()
        .filter(group -> group.id().equals(pair.group()))
        .flatMap(group -> group.members().stream())
        .forEach(member -> members.put(member.trajectory().id().sample(), member));
    ScoredTrajectory chosen = members.get(pair.chosen());
    ScoredTrajectory rejected = members.get(pair.rejected());
    if (chosen == null || rejected == null) {
      throw new IllegalStateException(pair + ": not a pair of step " + batch.step());
    }
    return LabelItem.pair(chosen, rejected, Double.NaN).key();
  }
}

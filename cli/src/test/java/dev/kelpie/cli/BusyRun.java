package dev.kelpie.cli;

import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.PerToken;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.TokenVersions;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.TrajectoryGroup;
import dev.kelpie.wire.arrow.TrajectoryArrow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The folder of a large run, as a run writes it, and which grows: 100 actors on 25 nodes, ten
 * responses a step, 45 numbers a step.
 */
final class BusyRun {
  static final int ACTORS = 100;
  private static final int GROUPS = 2;
  private static final int MEMBERS = 5;
  private static final int TOKENS = 48;
  private static final int NUMBERS = 45;
  private final RunFolder folder;
  private long step;

  private BusyRun(RunFolder folder, long step) {
    this.folder = folder;
    this.step = step;
  }

  /** Writes {@code steps} steps. */
  static BusyRun write(Path root, int steps) throws IOException {
    EndedRun.write(root, ACTORS, steps, 0.3);
    BusyRun run = new BusyRun(new RunFolder(root), steps);
    Files.delete(run.folder.summaryFile());
    Files.write(
        run.folder.metricsFile(),
        LongStream.rangeClosed(1, steps).mapToObj(BusyRun::metrics).toList());
    LongStream.rangeClosed(1, steps).parallel().forEach(run::samples);
    run.actors();
    return run;
  }

  /** A second passes: a step more, its samples, and all actors moved. */
  void second() throws IOException {
    step++;
    samples(step);
    Files.writeString(
        folder.metricsFile(), metrics(step) + System.lineSeparator(), StandardOpenOption.APPEND);
    actors();
  }

  private static String metrics(long step) {
    StringBuilder line = new StringBuilder("{\"format\":1,\"step\":" + step);
    List.of(
            "reward/mean",
            "policy/loss",
            "policy/entropy",
            "policy/grad_norm",
            "policy/approx_kl",
            "policy/clip_frac",
            "response_length/mean",
            "response_length/max",
            "timing_s/rollout",
            "timing_s/update_policy",
            "timing_s/weight_sync",
            "throughput/tokens_per_s",
            "staleness/mean",
            "control/messages_per_sample",
            "control/bytes_per_sample")
        .forEach(name -> line.append(number(name, step, name.length())));
    for (int i = 15; i < NUMBERS; i++) {
      line.append(number("other/number_" + i, step, i));
    }
    return line.append('}').toString();
  }

  private static String number(String name, long step, int kind) {
    return String.format(Locale.ROOT, ",\"%s\":%.7f", name, 1 + Math.sin(step * 0.7 + kind));
  }

  private void samples(long of) {
    List<TrajectoryGroup> groups = new ArrayList<>();
    Map<SampleId, PerToken> advantages = new HashMap<>();
    for (int index = 0; index < GROUPS; index++) {
      GroupId id = new GroupId(Purpose.ROLLOUT, of, index);
      List<ScoredTrajectory> members = new ArrayList<>();
      for (int sample = 0; sample < MEMBERS; sample++) {
        Trajectory trajectory = trajectory(id, sample);
        members.add(new ScoredTrajectory(trajectory, new Score(sample % 2, Map.of("answer", 1f))));
        advantages.put(trajectory.id(), PerToken.constant(0.5f, TOKENS));
      }
      groups.add(new TrajectoryGroup(id, members, List.of()));
    }
    TrajectoryArrow.writeScored(
        folder.rollouts().resolve("step-" + of + ".arrow"), groups, Map.of(), advantages);
  }

  /** Of step 17 one response has a word that no other has. */
  private static Trajectory trajectory(GroupId group, int sample) {
    boolean rare = group.step() == 17 && group.index() == 0 && sample == 3;
    Prompt prompt =
        new Prompt(
            "train.jsonl:" + (group.step() * 2 + group.index()),
            group.step() + "*(" + group.index() + "+3)?",
            TokenIds.of(1, 2, 3, 4, 5, 6, 7, 8),
            Optional.of(Long.toString(group.step() * (group.index() + 3L))),
            Map.of());
    int[] tokens =
        IntStream.range(0, TOKENS).map(i -> (int) ((i * 31L + group.step()) % 96)).toArray();
    PerToken logprobs = PerToken.constant(-0.25f - sample, TOKENS);
    return new Trajectory(
        new SampleId(group, sample, 0),
        prompt,
        TokenIds.of(tokens),
        words(group.step() * 100 + group.index() * 10L + sample)
            + group.step()
            + (rare ? " needle" : ""),
        logprobs,
        logprobs,
        TokenVersions.uniform(new PolicyVersion(group.step() - 1), TOKENS),
        FinishReason.STOP,
        Origin.POLICY,
        new Sampling(1, 0, 1, 0, TOKENS, false));
  }

  /** About 300 letters that compress as little as a model's text does. */
  private static String words(long seed) {
    Random random = new Random(seed);
    String syllables = "wakenitosulamirepo";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 110; i++) {
      int at = 2 * random.nextInt(syllables.length() / 2);
      text.append(syllables, at, at + 2).append(random.nextInt(3) == 0 ? " " : "");
    }
    return text.toString();
  }

  /** Replaced as a whole, so that nobody reads half of it. */
  private void actors() throws IOException {
    StringBuilder all = new StringBuilder("{\"format\":2,\"actors\":[");
    StringBuilder links = new StringBuilder();
    for (int i = 0; i < ACTORS; i++) {
      String role = i == 0 ? "coordinator" : i == 1 ? "learner" : "rollout";
      String name = i < 2 ? role : role + "-" + (i - 1);
      all.append(i == 0 ? "" : ",").append(actor(name, role, i));
      if (i > 0) {
        links.append(i == 1 ? "" : ",").append(link(name, "coordinator"));
        links.append(',').append(link("coordinator", name));
      }
    }
    all.append("],\"links\":[").append(links).append("]}");
    Path fresh = folder.root().resolve("actors.fresh");
    Files.writeString(fresh, all);
    Files.move(fresh, folder.actorsFile(), StandardCopyOption.REPLACE_EXISTING);
  }

  private String actor(String name, String role, int number) {
    return String.format(
        Locale.ROOT,
        "{\"name\":\"%s\",\"node\":\"127.0.0.1:%d\",\"role\":\"%s\","
            + "\"doing\":\"generating %d of 64 responses\",\"since\":\"%s\",\"version\":%d,"
            + "\"numbers\":{\"mailbox\":%d,\"messages\":%d,\"restarts\":0,\"rss_mib\":%d}}",
        name,
        25_520 + number / 4,
        role,
        (step * 7 + number) % 65,
        Instant.ofEpochSecond(1_767_323_045 + step),
        step,
        (step + number) % 3,
        step * 3 + number,
        600 + (step + number) % 40);
  }

  private String link(String from, String to) {
    return String.format(
        Locale.ROOT,
        "{\"from\":\"%s\",\"to\":\"%s\",\"messages\":%d,\"bytes\":%d}",
        from,
        to,
        step * 5,
        step * 900);
  }
}

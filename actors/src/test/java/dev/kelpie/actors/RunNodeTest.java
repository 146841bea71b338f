package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.RunView;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.WeightSnapshot;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs in one JVM, every message serialized. */
class RunNodeTest {
  @Test
  void wholeRunEndsWithCleanLedgerAndAllItsFiles(@TempDir Path temp) throws IOException {
    RunSummary summary = new ToyRun(temp).scored().run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.steps()).isEqualTo(6);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    // 6 steps of 4 prompts with 3 samples each; 5 held-out prompts, sampled and greedy, 3 times
    assertThat(summary.ledger().consumed()).isEqualTo(72);
    assertThat(summary.ledger().measured()).isEqualTo(30);
    assertThat(summary.ledger().inFlight()).isZero();
    assertThat(summary.evalBefore()).containsKeys("eval/reward/mean", "eval/greedy/reward/mean");
    assertThat(summary.timingShares()).containsKeys("rollout", "update_policy", "other");
    RunFolder folder = new RunFolder(temp);
    assertThat(folder.checkpoint(6)).isDirectory();
    assertThat(folder.checkpoint(2)).doesNotExist();
    assertThat(folder.rollouts().resolve("step-6.arrow")).isRegularFile();
    assertThat(folder.samples().resolve("step-1.txt")).isRegularFile();
    assertThat(folder.rollouts().resolve("units")).isEmptyDirectory();
    assertThat(Files.readString(folder.runEventsFile())).contains("data.path: 3 of 1000 prompts");
    // six steps and three evaluations
    assertThat(Files.readAllLines(folder.metricsFile())).hasSize(9);
  }

  @Test
  void numberOfWorkersDoesNotChangeTheWeights(@TempDir Path temp) {
    RunSummary one = new ToyRun(temp.resolve("one")).run();
    RunSummary two = new ToyRun(temp.resolve("two")).workers(2).run();

    assertThat(two.policySha256()).isEqualTo(one.policySha256());
  }

  @Test
  void stoppedAndResumedRunEqualsOneThatWentThrough(@TempDir Path temp) {
    String through = new ToyRun(temp.resolve("through")).scored().run().policySha256();
    Path folder = temp.resolve("stopped");
    RunSummary first;
    try (RunNode node = new ToyRun(folder).scored().pace(Duration.ofMillis(40)).start()) {
      awaitStep(node, 2);
      node.control().stop();
      first = ToyRun.await(node);
    }
    assertThat(first.status()).isEqualTo(RunSummary.Status.STOPPED);
    assertThat(first.steps()).isBetween(2L, 5L);
    assertThat(new RunFolder(folder).checkpoint(first.steps())).isDirectory();

    RunSummary second = new ToyRun(folder).scored().resume().run();

    assertThat(second.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(second.policySha256()).isEqualTo(through);
    assertThat(second.ledger().violations()).isEmpty();
    assertThat(second.ledger().consumed()).isEqualTo(72);
    assertThat(second.evalBefore()).isNotEmpty();
  }

  @Test
  void resumeSkipsBrokenCheckpointWithAWord(@TempDir Path temp) throws IOException {
    String through = new ToyRun(temp.resolve("through")).run().policySha256();
    Path folder = temp.resolve("broken");
    new ToyRun(folder).steps(4).run();
    Path newest = new RunFolder(folder).checkpoint(4).resolve("learner").resolve("toy.txt");
    Files.writeString(newest, "4 0", StandardOpenOption.TRUNCATE_EXISTING);

    RunSummary summary;
    List<String> events;
    try (RunNode node = new ToyRun(folder).resume().start()) {
      summary = ToyRun.await(node);
      events = node.view().events().stream().map(event -> event.text()).toList();
    }

    // Steps 3 and 4 are consumed a second time, by other attempts; the first is void.
    assertThat(summary.policySha256()).isEqualTo(through);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().consumed()).isEqualTo(72);
    assertThat(summary.ledger().droppedBy()).containsKey("restart");
    assertThat(events).anyMatch(text -> text.contains("step-4") && text.contains("going back"));
  }

  @Test
  void failedRewardsAreFailedAndNotZero(@TempDir Path temp) {
    Reward moody =
        new Reward() {
          @Override
          public Score score(Trajectory trajectory) throws Exception {
            int sample = trajectory.id().sample();
            if (sample == 1) {
              throw new IllegalStateException("no opinion");
            }
            if (sample == 2 && trajectory.id().group().index() == 0) {
              new CountDownLatch(1).await();
            }
            return new Score(1, Map.of());
          }

          @Override
          public String version() {
            return "moody";
          }
        };

    RunSummary summary = new ToyRun(temp).steps(2).reward(moody, Duration.ofMillis(200)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    // In each of 2 steps: sample 1 of 4 groups throws, sample 2 of the first group hangs.
    assertThat(summary.failedRewards()).isEqualTo(10);
    assertThat(summary.unequalGroups()).isZero();
    assertThat(summary.ledger().clean()).isTrue();
  }

  @Test
  void rewardWithoutMemoryEndsTheRunAfterThreeTries(@TempDir Path temp) {
    Reward hungry =
        new Reward() {
          @Override
          public Score score(Trajectory trajectory) {
            if (trajectory.id().group().step() == 2) {
              throw new OutOfMemoryError("no more");
            }
            return new Score(1, Map.of());
          }

          @Override
          public String version() {
            return "hungry";
          }
        };

    RunSummary summary =
        new ToyRun(temp).withoutEvaluation().reward(hungry, Duration.ofSeconds(10)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error().orElse(""))
        .contains("step-2-unit-")
        .contains("could not be scored 3 times")
        .contains("no more");
    assertThat(summary.steps()).isEqualTo(1);
    assertThat(summary.ledger().clean()).isTrue();
  }

  @Test
  void damagedJournalIsToldAtOnce(@TempDir Path temp) throws IOException {
    new ToyRun(temp).steps(2).run();
    Path segment = new RunFolder(temp).events().resolve("000001.jsonl");
    String text = Files.readString(segment);
    Files.writeString(segment, text.replaceFirst("\"samples\":3", "\"samples\":4"));

    assertThatThrownBy(() -> new ToyRun(temp).resume().start())
        .hasMessageContaining("damaged line (expected: its length and CRC to fit)");
  }

  @Test
  void evaluationThatWasCutOffIsNoViolationAfterwards(@TempDir Path temp) {
    AtomicInteger held = new AtomicInteger(1);
    CountDownLatch third = new CountDownLatch(1);
    Consumer<RolloutUnit> hang =
        unit -> {
          if (unit.id().purpose() == Purpose.EVAL && unit.id().unit() == 2) {
            third.countDown();
            while (held.get() == 1) {
              LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
          }
        };
    Path units = new RunFolder(temp).rollouts().resolve("units");
    try (RunNode node = new ToyRun(temp).steps(2).engines(() -> new Tripping(hang)).start()) {
      await(node, "the third unit", () -> third.getCount() == 0);
      await(node, "two measured units", () -> isEmpty(units));
      node.done().thenRun(() -> held.set(0));
    }

    RunSummary summary = new ToyRun(temp).steps(2).resume().run();

    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    // 5 held-out prompts, sampled and greedy, before the first step and after the last. Void are 5
    // that were measured, and 3 that were being generated.
    assertThat(summary.ledger().measured()).isEqualTo(20);
    assertThat(summary.ledger().droppedBy()).containsEntry("restart", 8L);
  }

  private static boolean isEmpty(Path folder) {
    String[] files = folder.toFile().list();
    return files != null && files.length == 0;
  }

  @Test
  void movingReferenceIsNotResumedWithoutItsFiles(@TempDir Path temp) throws IOException {
    new ToyRun(temp).scored().steps(2).run();
    Path checkpoint = new RunFolder(temp).checkpoint(2);
    Files.delete(checkpoint.resolve("reference/toy.txt"));
    Path manifest = checkpoint.resolve("MANIFEST.json");
    JsonNode json = new ObjectMapper().readTree(manifest.toFile());
    var files = (ArrayNode) json.get("files");
    for (int i = files.size() - 1; i >= 0; i--) {
      if (files.get(i).get("path").asText().startsWith("reference")) {
        files.remove(i);
      }
    }
    Files.writeString(manifest, json.toString());

    assertThatThrownBy(() -> new ToyRun(temp).scored().resume().start())
        .hasMessageContaining("no files of the reference in reference (expected: some, because");
  }

  @Test
  void crashedWorkerIsRestartedAndItsUnitIssuedAgain(@TempDir Path temp) {
    String calm = new ToyRun(temp.resolve("calm")).run().policySha256();
    AtomicInteger calls = new AtomicInteger();

    RunSummary summary =
        new ToyRun(temp.resolve("crash"))
            .engines(
                () ->
                    new Tripping(
                        unit -> {
                          if (calls.incrementAndGet() == 9) {
                            throw new AssertionError("the engine is broken");
                          }
                        }))
            .run();

    assertThat(summary.policySha256()).isEqualTo(calm);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().droppedBy()).containsKey("worker-failed");
  }

  @Test
  void unitThatAlwaysFailsEndsTheRunWithItsReason(@TempDir Path temp) {
    RunSummary summary =
        new ToyRun(temp)
            .engines(
                () ->
                    new Tripping(
                        unit -> {
                          if (unit.id().step() == 2) {
                            throw new IllegalStateException("logits are NaN");
                          }
                        }))
            .run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error().orElse("")).contains("step-2").contains("logits are NaN");
    assertThat(summary.steps()).isEqualTo(1);
    assertThat(summary.ledger().inFlight()).isZero();
  }

  /** What Akka takes for the end of a JVM is the end of its actor system only. */
  @Test
  void fatalErrorEndsTheRunAndNotTheJvm(@TempDir Path temp) {
    RunSetup setup = new ToyRun(temp).withoutEvaluation().setup();
    PromptSource endless =
        new PromptSource() {
          @Override
          public long size() {
            return 1000;
          }

          @Override
          public Prompt at(long position) {
            // 4 prompts a step: the first of step 3
            if (position == 8) {
              throw new StackOverflowError();
            }
            return setup.train().get().at(position);
          }
        };
    RunSetup failing =
        new RunSetup(
            setup.experiment(),
            setup.folder(),
            setup.engines(),
            setup.trainer(),
            setup.scorer(),
            setup.reward(),
            () -> endless,
            setup.heldOut(),
            setup.rowLimits(),
            setup.notes(),
            false);
    try (RunNode node = RunNode.start(failing, ToyRun.SERIALIZED)) {
      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error())
          .contains("the actor system ended before the run was over; the log says why");
    }
  }

  @Test
  void errorWhileTheActorSystemStartsEndsTheRun(@TempDir Path temp) {
    Config broken =
        ConfigFactory.parseMap(Map.of("akka.extensions", List.of(Broken.class.getName())));
    try (RunNode node = RunNode.start(new ToyRun(temp).setup(), broken)) {
      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
      assertThat(summary.error()).contains("no stack left");
    }
  }

  /** A part of an actor system that cannot be made; Akka makes it by its name. */
  public static final class Broken {
    public Broken() {
      throw new StackOverflowError("no stack left");
    }
  }

  @Test
  void stalenessStaysWithinItsBound(@TempDir Path temp) {
    RunSummary summary =
        new ToyRun(temp).steps(10).staleness(2).workers(2).pace(Duration.ofMillis(5)).run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().maxLag()).isBetween(1L, 2L);
  }

  @Test
  void watchdogNamesWhoWaitsForWhom(@TempDir Path temp) {
    AtomicInteger held = new AtomicInteger(1);
    Consumer<RolloutUnit> hang =
        unit -> {
          while (unit.id().step() == 1
              && !unit.id().purpose().name().equals("EVAL")
              && held.get() == 1) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
          }
        };
    try (RunNode node =
        new ToyRun(temp)
            .steps(1)
            .stallAfter(Duration.ofSeconds(1))
            .engines(() -> new Tripping(hang))
            .start()) {
      await(
          node,
          "a word of the watchdog",
          () ->
              node.view().events().stream()
                  .anyMatch(
                      event ->
                          event.source().equals("watchdog")
                              && event.text().contains("step 1 waits for step-1-unit-0")
                              && event.text().contains("its responses from rollout-1@")));
      held.set(0);
      assertThat(ToyRun.await(node).status()).isEqualTo(RunSummary.Status.FINISHED);
    }
  }

  @Test
  void processWithoutTheLearnerNeedsASeed(@TempDir Path temp) {
    assertThatThrownBy(() -> new ToyRun(temp).cluster(List.of("rollout"), 0, "").start())
        .hasMessageContaining("cluster.seed: empty (expected: HOST:PORT");
  }

  @Test
  void processThatFindsNoLearnerGivesUpAfterItsPatience(@TempDir Path temp) {
    String nobody = "127.0.0.1:" + Jvms.freePort();
    RunSummary summary =
        new ToyRun(temp)
            .cluster(List.of("rollout"), 0, nobody)
            .rejoinTimeout(Duration.ofMillis(500))
            .run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FAILED);
    assertThat(summary.error()).contains("no word from " + nobody + " for 0.5 s");
  }

  @Test
  void portThatIsStillTakenIsAwaited(@TempDir Path temp) throws IOException {
    int port = Jvms.freePort();
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      try (RunNode node = new ToyRun(temp).cluster(List.of(), port, "").start()) {
        LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
        assertThat(node.done().toCompletableFuture()).isNotDone();
        taken.close();
        assertThat(node.done().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join())
            .extracting(RunSummary::status)
            .isEqualTo(RunSummary.Status.FINISHED);
      }
    }
  }

  @Test
  void pausedRunWaitsAndEndsWithTheSameWeights(@TempDir Path temp) {
    String through = new ToyRun(temp.resolve("through")).scored().run().policySha256();
    try (RunNode node =
        new ToyRun(temp.resolve("paused")).scored().pace(Duration.ofMillis(20)).start()) {
      awaitStep(node, 2);
      node.control().pause();
      awaitEvent(node, "paused by request after step ");
      long step = node.view().progress().step();
      await(node, "its phase", () -> node.view().progress().phase().equals("paused"));
      assertThat(node.view().actors())
          .filteredOn(actor -> actor.role().equals("rollout"))
          .noneMatch(actor -> actor.doing().startsWith("generating"));

      node.control().checkpoint();
      awaitEvent(node, "checkpoint of step " + step);
      assertThat(new RunFolder(temp.resolve("paused")).checkpoint(step)).isDirectory();
      assertThat(node.view().progress().step()).isEqualTo(step);
      node.control().resume();
      awaitEvent(node, "resumed after step " + step);

      RunSummary summary = ToyRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.policySha256()).isEqualTo(through);
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(node.view().metrics(step + 1).get(0).values()).containsKey("timing_s/paused");
    }
  }

  @Test
  void drainedWorkerIsIdleAndTheOtherDoesItsPart(@TempDir Path temp) {
    try (RunNode node =
        new ToyRun(temp).workers(2).steps(1000).pace(Duration.ofMillis(30)).start()) {
      await(node, "both workers", () -> rollouts(node).size() == 2);
      String worker = rollouts(node).get(0);
      node.control().drain(worker + "x");
      awaitEvent(node, "drain: " + worker + "x (expected: " + worker + "?");
      node.control().drain(worker);
      awaitEvent(node, worker + " drained");
      await(node, "its word", () -> doing(node, worker).equals("drained"));
      awaitStep(node, node.view().progress().step() + 2);
      node.control().drain(rollouts(node).get(1));
      awaitEvent(node, "is the last rollout worker");
      awaitEvent(node, rollouts(node).get(1) + " drained");
    }
  }

  @Test
  void everyActorIsSeenWithItsNumbersAndWhoTellsWhom(@TempDir Path temp) throws IOException {
    RunView view;
    try (RunNode node =
        new ToyRun(temp).scored().steps(8).pace(Duration.ofMillis(100)).workers(2).start()) {
      view = node.view();
      ToyRun.await(node);
    }
    assertThat(view.actors())
        .extracting(RunView.ActorState::role)
        .contains(
            "coordinator",
            "metrics",
            "watchdog",
            "lifeline",
            "learner",
            "rollout",
            "reward",
            "scoring");
    for (RunView.ActorState actor : view.actors()) {
      assertThat(actor.numbers())
          .as(actor.name())
          .containsKeys("mailbox", "messages", "restarts", "rss_mib");
      assertThat(actor.numbers().get("restarts")).isZero();
    }
    String rollout =
        view.actors().stream()
            .map(RunView.ActorState::name)
            .filter(name -> name.startsWith("rollout-1@"))
            .findFirst()
            .orElseThrow();
    // One actor system: messages are counted, and none has bytes.
    assertThat(view.links())
        .anyMatch(link -> link.from().equals("coordinator") && link.to().equals(rollout))
        .anyMatch(link -> link.from().equals(rollout) && link.to().equals("coordinator"))
        .anyMatch(link -> link.from().equals("learner") && link.to().equals("coordinator"))
        .allMatch(link -> link.messages() > 0 && link.bytes() == 0);
    assertThat(view.timeline(rollout)).hasSizeGreaterThan(4);
    // 8 steps of 4 prompts with 3 samples each
    assertThat(view.ledger())
        .containsEntry("issued", 96L)
        .containsEntry("received", 96L)
        .containsEntry("rewarded", 96L)
        .containsEntry("consumed", 96L)
        .containsEntry("dropped", 0L)
        .containsEntry("in-flight", 0L);
    assertThat(view.metrics(3).get(0).get("control/messages_per_sample")).isPositive();
    JsonNode file = new ObjectMapper().readTree(new RunFolder(temp).actorsFile().toFile());
    assertThat(file.get("actors")).hasSameSizeAs(view.actors());
    assertThat(file.get("links")).hasSameSizeAs(view.links());
    assertThat(file.at("/ledger/consumed").asInt()).isEqualTo(96);
    assertThat(file.get("timelines").get(rollout).size()).isGreaterThan(4);
    assertThat(Files.readString(new RunFolder(temp).runEventsFile()))
        .contains("checkpoint of step 8 saved");
  }

  private static List<String> rollouts(RunNode node) {
    return node.view().actors().stream()
        .filter(actor -> actor.role().equals("rollout"))
        .map(RunView.ActorState::name)
        .toList();
  }

  private static String doing(RunNode node, String actor) {
    return node.view().actors().stream()
        .filter(state -> state.name().equals(actor))
        .map(RunView.ActorState::doing)
        .findFirst()
        .orElse("");
  }

  private static void awaitEvent(RunNode node, String text) {
    await(
        node,
        text,
        () -> node.view().events().stream().anyMatch(event -> event.text().contains(text)));
  }

  static void awaitStep(RunNode node, long step) {
    await(node, "step " + step, () -> node.view().progress().step() >= step);
  }

  private static void await(RunNode node, String what, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime())
          .as("%s; actors %s; events %s", what, node.view().actors(), node.view().events())
          .isLessThan(end);
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  /** A toy engine that does something before each unit. */
  private static final class Tripping implements RolloutEngine {
    private final ToyEngine engine = new ToyEngine(Duration.ZERO);
    private final Consumer<RolloutUnit> before;

    Tripping(Consumer<RolloutUnit> before) {
      this.before = before;
    }

    @Override
    public Optional<PolicyVersion> version() {
      return engine.version();
    }

    @Override
    public void load(WeightSnapshot weights) {
      engine.load(weights);
    }

    @Override
    public List<Trajectory> generate(RolloutUnit unit, Progress progress) {
      before.accept(unit);
      return engine.generate(unit, progress);
    }

    @Override
    public void release() {
      engine.release();
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}

package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.actors.RunNode;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunLock;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes wrong when a run starts, and while it runs. */
class BadRunTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Runs");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Eight responses of at most eight tokens a step. */
  private static final String TINY =
      "rollout { prompts-per-step = 4, group-size = 2, max-new-tokens = 8 }\n";

  private static final String TWO = "run.steps = 2";

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster.port", "cluster.bulk-port"})
  void portInUseIsNamed(String key) throws IOException {
    String experiment = SmallExperiment.write(folder, TINY + TWO).toString();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      String line = Refusal.of(folder, experiment, "-D", key + "=" + port);
      assertThat(line).contains(key, "in use");
      TABLE.add(key + " in use", "-D " + key + "=PORT", line.replace(port, "PORT"));
    }
  }

  @Test
  void runFolderThatExistsIsRefused() throws IOException {
    String experiment = SmallExperiment.write(folder, TINY + TWO).toString();
    Path there = Files.createDirectory(folder.resolve("there"));
    CommandLineRun terminal = CommandLineRun.of("train", experiment, "--run-dir", there.toString());
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(there).isEmptyDirectory();
    refused("run folder that exists", "--run-dir there", terminal);
  }

  @Test
  void runFolderBelowAFileIsRefused() throws IOException {
    String experiment = SmallExperiment.write(folder, TINY + TWO).toString();
    String run = folder.resolve("rows.jsonl/run").toString();
    CommandLineRun terminal = CommandLineRun.of("train", experiment, "--run-dir", run);
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    refused("run folder below a file", "--run-dir rows.jsonl/run", terminal);
  }

  @Test
  void runFolderWhereNothingMayBeWrittenIsRefused() throws IOException {
    String what = "run folder where nothing may be written";
    String experiment = SmallExperiment.write(folder, TINY + TWO).toString();
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-x------"));
    if (Files.isWritable(locked)) {
      TABLE.skip(what, "this user may write everywhere");
      return;
    }
    String run = locked.resolve("run").toString();
    CommandLineRun terminal = CommandLineRun.of("train", experiment, "--run-dir", run);
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    refused(what, "chmod 500 locked, --run-dir locked/run", terminal);
  }

  private void refused(String what, String input, CommandLineRun terminal) {
    assertThat(terminal.err().lines()).hasSize(1);
    String line = terminal.err().strip().substring("kelpie: ".length());
    TABLE.add(what, input, Refusal.stable(folder, line));
  }

  @Test
  void resumeOfWhatIsNoRunIsRefused() {
    CommandLineRun terminal = CommandLineRun.of("train", "--resume", folder.toString() + "/none");
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    refused("resume of what is no run", "--resume none", terminal);
  }

  @Test
  void runThatIsGoingOnIsNotResumed() throws IOException {
    String experiment = SmallExperiment.write(folder, TINY + TWO).toString();
    RunFolder run = new RunFolder(folder.resolve("run"));
    CommandLineRun first =
        CommandLineRun.of("train", experiment, "--run-dir", run.root().toString());
    assertThat(first.code()).as(first.out()).isZero();
    String before = Files.readString(run.experimentFile());
    String[] again = {"train", "--resume", run.root().toString(), "-D", "run.steps=3"};
    try (RunLock lock = RunLock.take(run)) {
      CommandLineRun terminal = CommandLineRun.of(again);
      assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
      assertThat(Files.readString(run.experimentFile())).isEqualTo(before);
      assertThat(terminal.err().lines()).hasSize(1);
      String own = Long.toString(ProcessHandle.current().pid());
      String line = Refusal.stable(folder, terminal.err().strip().substring("kelpie: ".length()));
      TABLE.add(
          "resume of a run that is going on", "--resume run", line.replaceAll("\\b" + own, "N"));
      CommandLineRun cluster =
          CommandLineRun.of(
              "cluster", "local", "--resume", run.root().toString(), "-D", "run.steps=3");
      assertThat(cluster.code()).isEqualTo(Failures.BAD_INPUT);
      assertThat(cluster.err()).isEqualTo(terminal.err());
      assertThat(Files.readString(run.experimentFile())).isEqualTo(before);
    }
    CommandLineRun resumed = CommandLineRun.of(again);
    assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
  }

  @Test
  void unitThatFillsMoreThanAMessageIsRefused() throws IOException {
    String what = "unit that is larger than a message between processes";
    String experiment =
        SmallExperiment.write(
                folder,
                "run.steps = 1, rollout { prompts-per-step = 64, group-size = 2 }"
                    // a reward of a plugin gets every column
                    + ", reward.moody { type = moody, mood = nan }")
            .toString();
    StringBuilder rows = new StringBuilder();
    String note = ", \"note\": \"" + "x".repeat(100_000) + "\"}\n";
    for (int i = 1; i <= 64; i++) {
      rows.append(SmallExperiment.row("1+" + i + "?", i + 1).replace("}", note));
    }
    Files.writeString(folder.resolve("rows.jsonl"), rows);
    String run = folder.resolve("run").toString();
    CommandLineRun terminal = CommandLineRun.of("cluster", "local", experiment, "--run-dir", run);
    assertThat(terminal.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(folder.resolve("run")).doesNotExist();
    refused(what, "cluster local: 64 prompts with a column of 100 kB each", terminal);
  }

  @ParameterizedTest
  @CsvSource({
    "reward that throws, throws",
    "reward that hangs, hangs",
    "reward that returns NaN, nan"
  })
  void rewardThatFailsIsCountedAndTheRunGoesOn(String what, String mood) throws IOException {
    CommandLineRun terminal =
        train(TINY + TWO + "\nreward.moody { type = moody, mood = " + mood + ", timeout = 100ms }");
    assertThat(terminal.code()).as(terminal.out()).isZero();
    JsonNode summary = summary(folder.resolve("run"));
    assertThat(summary.get("status").asText()).isEqualTo("finished");
    assertThat(summary.get("failed-rewards").asInt()).isEqualTo(16);
    assertThat(terminal.line("responses without a reward")).endsWith(": 16");
    String line = terminal.line("warning: coordinator: no reward");
    TABLE.add(what, "in every response", line.replaceAll("rows.jsonl:\\d", "rows.jsonl:1"));
  }

  @Test
  void rewardsThatAreAllEqualAreWarnedOf() throws IOException {
    CommandLineRun terminal = train(TINY + TWO + "\nreward.answer.pattern = \"never (matches)\"");
    assertThat(terminal.code()).as(terminal.out()).isZero();
    assertThat(summary(folder.resolve("run")).get("unequal-groups").asInt()).isZero();
    String line = terminal.line("warning: no group");
    TABLE.add("rewards that are all equal", "reward.answer.pattern = never (matches)", line);
  }

  @Test
  void responsesThatAreAllEmptyAreWarnedOf() throws IOException {
    Path policy = Files.createDirectory(folder.resolve("policy"));
    try (Stream<Path> files = Files.list(Shipped.configs().resolve("quickstart/policy"))) {
      for (Path file : files.toList()) {
        Files.copy(file, policy.resolve(file.getFileName()));
      }
    }
    Files.writeString(
        policy.resolve("generation_config.json"),
        "{\"eos_token_id\": [0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18]}");
    CommandLineRun terminal = train(TINY + TWO + "\npolicy.path = policy");
    assertThat(terminal.code()).as(terminal.out()).isZero();
    assertThat(Files.readString(folder.resolve("run/metrics.jsonl")))
        .contains("\"data/empty_responses\":8.0");
    TABLE.add(
        "responses that are all empty",
        "generation_config.json: every token is an eos_token_id",
        terminal.line("warning: coordinator: step 1"));
  }

  @Test
  void workerWithoutMemoryIsRestartedAndItsUnitIssuedAgain() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (RunNode node =
        SmallRun.of(SmallExperiment.write(folder, TINY + TWO))
            .before(
                unit -> {
                  if (calls.incrementAndGet() == 2) {
                    throw new OutOfMemoryError("Java heap space");
                  }
                })
            .start()) {
      RunSummary summary = SmallRun.await(node);
      assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
      assertThat(summary.steps()).isEqualTo(2);
      assertThat(summary.ledger().clean()).isTrue();
      assertThat(summary.ledger().droppedBy()).containsEntry("worker-failed", 8L);
      String text = events(node, "coordinator: .*").get(0);
      TABLE.add("out of memory in a worker", "in step 2", text.replaceAll(":\\d{4,5}", ":PORT"));
    }
  }

  @Test
  void clockThatJumpsBackDoesNotHideAStall() throws Exception {
    CountDownLatch told = new CountDownLatch(1);
    AtomicInteger looks = new AtomicInteger();
    Instant start = Instant.now();
    InstantSource wall =
        () -> looks.getAndIncrement() == 0 ? start : start.minus(Duration.ofHours(1));
    try (RunNode node =
        SmallRun.of(SmallExperiment.write(folder, TINY + TWO + "\ncluster.stall-after = 1s"))
            .before(unit -> hold(told))
            .on(wall)
            .start()) {
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (events(node, "watchdog: .*rollout-1@").isEmpty() && System.nanoTime() < end) {
        LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
      }
      String text = events(node, "watchdog: .*rollout-1@").get(0);
      told.countDown();
      assertThat(SmallRun.await(node).status()).isEqualTo(RunSummary.Status.FINISHED);
      TABLE.add(
          "clock that jumps back by an hour",
          "while a worker hangs",
          text.replaceAll(":\\d{4,5}", ":PORT")
              .replaceAll("since \\d{4}-[0-9T:.Z-]+", "since TIME")
              .replaceAll("\\d+ s\\b", "N s"));
    }
  }

  private static void hold(CountDownLatch told) {
    try {
      assertThat(told.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void diskThatIsFullEndsTheRunWithACheckpointToGoOnFrom() throws Exception {
    String what = "disk that is full";
    Path disk = Files.createDirectory(folder.resolve("disk"));
    if (!SmallDisk.mount(disk, 90)) {
      TABLE.skip(what, "this user may not mount a small disk");
      return;
    }
    try {
      String experiment =
          SmallExperiment.write(folder, TINY + "run.steps = 100, checkpoint.every = 1").toString();
      Path run = disk.resolve("run");
      CommandLineRun terminal = CommandLineRun.of("train", experiment, "--run-dir", run.toString());
      assertThat(terminal.code()).as(terminal.out()).isEqualTo(Failures.DISK_FULL);
      String line = Refusal.stable(folder, terminal.line("error: "));
      JsonNode failed = summary(run);
      assertThat(failed.get("status").asText()).isEqualTo("failed");
      long steps = failed.get("steps").asLong();

      Path elsewhere = folder.resolve("elsewhere");
      SmallDisk.copy(run, elsewhere);
      CommandLineRun resumed =
          CommandLineRun.of(
              "train", "--resume", elsewhere.toString(), "-D", "run.steps=" + (steps + 1));
      assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
      assertThat(summary(elsewhere).get("steps").asLong()).isEqualTo(steps + 1);
      assertThat(summary(elsewhere).at("/ledger/clean").asBoolean()).isTrue();
      TABLE.add(
          what, "a disk of 90 MiB", line.replaceAll("\\d+ MiB", "N MiB").replaceAll("v\\d+", "vN"));
    } finally {
      SmallDisk.unmount(disk);
    }
  }

  @Test
  void diskThatFillsWhileACheckpointIsWrittenLeavesTheOneBefore() throws Exception {
    String what = "disk that fills while a checkpoint is written";
    CommandLineRun first = train(TINY + "run.steps = 1");
    assertThat(first.code()).as(first.out()).isZero();
    Path checkpoints = folder.resolve("run/checkpoints");
    Path saved = Files.move(checkpoints, folder.resolve("saved"));
    // A checkpoint takes 9.3 MiB: there is room for one and a half.
    if (!SmallDisk.mount(Files.createDirectory(checkpoints), 14)) {
      TABLE.skip(what, "this user may not mount a small disk");
      return;
    }
    String[] again = {
      "train",
      "--resume",
      folder.resolve("run").toString(),
      "-D",
      "run.steps=9",
      "-D",
      "checkpoint.every=1"
    };
    try {
      SmallDisk.copy(saved, checkpoints);
      CommandLineRun full = CommandLineRun.of(again);
      assertThat(full.code()).as(full.out()).isEqualTo(Failures.DISK_FULL);
      JsonNode failed = summary(folder.resolve("run"));
      assertThat(failed.get("status").asText()).isEqualTo("failed");
      assertThat(failed.get("checkpoint").asText()).isEqualTo("checkpoints/step-1");
      TABLE.add(
          what, "in step 2, on a disk of 14 MiB", Refusal.stable(folder, full.line("error: ")));
    } finally {
      SmallDisk.unmount(checkpoints);
    }
    Files.delete(checkpoints);
    Files.move(saved, checkpoints);
    goOnTo(3);
  }

  @Test
  void damagedCheckpointIsPassedOver() throws IOException {
    CommandLineRun terminal = train(TINY + TWO + "\ncheckpoint.every = 1");
    assertThat(terminal.code()).as(terminal.out()).isZero();
    Path newest = folder.resolve("run/checkpoints/step-2/learner/policy/model.safetensors");
    byte[] weights = Files.readAllBytes(newest);
    weights[weights.length / 2] ^= 1;
    Files.write(newest, weights);
    String line = goOnTo(3).line("warning: ");
    TABLE.add(
        "checkpoint that is damaged, on --resume",
        "one bit of its weights",
        Refusal.stable(folder, line).replaceAll("[0-9a-f]{64}", "SHA-256"));
  }

  private CommandLineRun goOnTo(int steps) throws IOException {
    Path run = folder.resolve("run");
    CommandLineRun resumed =
        CommandLineRun.of("train", "--resume", run.toString(), "-D", "run.steps=" + steps);
    assertThat(resumed.code()).as(resumed.out() + resumed.err()).isZero();
    assertThat(summary(run).get("steps").asLong()).isEqualTo(steps);
    assertThat(summary(run).at("/ledger/clean").asBoolean()).isTrue();
    return resumed;
  }

  private CommandLineRun train(String more) throws IOException {
    String experiment = SmallExperiment.write(folder, more).toString();
    return CommandLineRun.of("train", experiment, "--run-dir", folder.resolve("run").toString());
  }

  /** What the run warned of that begins like this, oldest first. */
  private static List<String> events(RunNode node, String pattern) {
    return node.view().events().stream()
        .map(told -> told.source() + ": " + told.text())
        .filter(text -> Pattern.compile(pattern).matcher(text).lookingAt())
        .map(text -> "warning: " + text)
        .toList();
  }

  private static JsonNode summary(Path run) throws IOException {
    return JSON.readTree(run.resolve("summary.json").toFile());
  }
}

package dev.kelpie.rewards.annotate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.reward.Annotations;
import dev.kelpie.experience.reward.Annotations.Annotation;
import dev.kelpie.experience.reward.Annotations.Progress;
import dev.kelpie.rewards.Trajectories;
import dev.kelpie.rewards.remote.FakeServer;
import dev.kelpie.rewards.remote.FakeServer.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Judgements that arrive, or do not, while steps go on. */
@Timeout(60)
class AnnotatorPoolTest {
  private static final double[] SCORES = {0.5, 0.25, 0.5};

  @TempDir private Path folder = Path.of("");
  private RunFolder run = new RunFolder(Path.of(""));

  @BeforeEach
  void makeRun() throws IOException {
    run = new RunFolder(Files.createDirectory(folder.resolve("run")));
  }

  private Annotations open(FakeServer server, String settings) throws IOException {
    Files.writeString(folder.resolve("t.txt"), "Rate {response}");
    Path file =
        Files.writeString(
            folder.resolve("x.conf"),
            "data.path = d\npolicy.path = p\nmodels.judge { url = \""
                + server.url()
                + "\", model = tiny, retries = 0, timeout = 5s }\n"
                + "online-reward { annotator { type = judge, model = judge, template-path = t.txt }"
                + settings
                + " }");
    Experiment experiment = ExperimentFiles.load(file, List.of()).experiment();
    return Annotators.open(experiment, run, problem -> {}).orElseThrow();
  }

  private static List<ScoredTrajectory> responses(String... texts) {
    return Stream.of(texts)
        .map(text -> new ScoredTrajectory(Trajectories.of(text, "1"), new Score(0, Map.of())))
        .toList();
  }

  /** The same responses, sampled once more after a kill. */
  private static List<ScoredTrajectory> again(List<ScoredTrajectory> responses) {
    return responses.stream()
        .map(ScoredTrajectory::trajectory)
        .map(one -> one.as(new SampleId(one.id().group(), one.id().sample(), 1), one.origin()))
        .map(one -> new ScoredTrajectory(one, new Score(0, Map.of())))
        .toList();
  }

  private static Reply verdict(String body) {
    return FakeServer.says(body.contains("good") ? "9" : "2");
  }

  @Test
  void eachDistinctTextIsAskedOnceAndJoinsALaterStep() throws IOException {
    try (FakeServer server = FakeServer.start(AnnotatorPoolTest::verdict);
        Annotations annotations = open(server, ", patience = 20s")) {
      assertThat(annotations.join(1)).isEmpty();
      annotations.record(1, 0, responses("good", "bad", "good"), SCORES);
      List<Annotation> joined = annotations.join(2);
      // verdicts 9 and 2 of 10, in the order of the texts
      assertThat(joined).extracting(Annotation::value).containsExactly(0.9, 0.2);
      annotations.record(2, 1, responses("good", "bad", "bad"), SCORES);
      assertThat(annotations.join(3)).isEmpty();
      assertThat(server.bodies()).hasSize(2);
    }
  }

  @Test
  void aResumedRunJoinsWhatJoinedBeforeAndAsksAboutTheRest() throws IOException {
    try (FakeServer server = FakeServer.start(AnnotatorPoolTest::verdict)) {
      try (Annotations annotations = open(server, ", patience = 20s")) {
        annotations.join(1);
        annotations.record(1, 0, responses("good", "bad", "a"), SCORES);
        assertThat(annotations.join(2)).hasSize(3);
        annotations.record(2, 1, responses("b", "c", "d"), SCORES);
        annotations.join(3); // answered, and not recorded
      }
      // as a kill leaves it
      Files.writeString(
          run.annotationsFile(), "{\"format\":1,\"step\":3,\"ver", StandardOpenOption.APPEND);
      try (Annotations annotations = open(server, ", patience = 20s")) {
        assertThat(annotations.join(2))
            .extracting(Annotation::value)
            .containsExactly(0.9, 0.2, 0.2);
        annotations.record(2, 1, again(responses("b", "c", "d")), SCORES);
        assertThat(Files.readAllLines(run.annotationsFile())).hasSize(2);
        assertThat(annotations.join(3)).hasSize(3);
        assertThat(server.bodies()).hasSize(6);
        // another step 2 than before ends what was recorded after it
        annotations.join(1);
        annotations.record(1, 0, responses("e", "e", "e"), SCORES); // other texts
        assertThat(Files.readAllLines(run.annotationsFile())).hasSize(1);
      }
      try (Annotations annotations = open(server, ", patience = 20s")) {
        assertThat(annotations.join(2)).hasSize(7);
        assertThat(server.bodies()).hasSize(7);
      }
    }
  }

  @Test
  void whatHasNoVerdictIsCountedAndHoldsNobodyUp() throws Exception {
    Reply half = new Reply("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"cho", 0);
    Function<String, Reply> replies =
        body ->
            body.contains("slow")
                ? FakeServer.says("3").after(300)
                : body.contains("error")
                    ? Reply.status("500 Internal Server Error", "no")
                    : body.contains("garbage")
                        ? Reply.ok("<html>")
                        : body.contains("half")
                            ? half
                            : body.contains("mute") ? Reply.never() : FakeServer.says("perhaps");
    long began;
    try (FakeServer server = FakeServer.start(replies)) {
      try (Annotations annotations = open(server, "")) {
        annotations.join(1);
        long before = System.nanoTime();
        annotations.record(
            1,
            0,
            responses("slow", "error", "garbage", "half", "mute", "unreadable"),
            new double[6]);
        assertThat(annotations.join(2)).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(4));
        Progress progress = annotations.record(2, 0, List.of(), new double[0]);
        while (progress.failed() < 4 || progress.waiting() > 1) {
          Thread.onSpinWait();
          progress = annotations.record(2, 0, List.of(), new double[0]);
        }
        assertThat(annotations.join(3)).extracting(Annotation::value).containsExactly(0.3);
        assertThat(progress).isEqualTo(new Progress(1, 4, 0));
        began = System.nanoTime();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
      assertThat(Thread.getAllStackTraces().keySet())
          .noneMatch(thread -> thread.getName().startsWith("annotator-"));
    }
  }

  @Test
  void whatTheQueueHasNoRoomForIsCounted() throws IOException {
    try (FakeServer server = FakeServer.start(body -> Reply.never());
        Annotations annotations = open(server, ", queue = 2")) {
      annotations.join(1);
      assertThat(annotations.record(1, 0, responses("a", "b", "c"), SCORES))
          .isEqualTo(new Progress(2, 0, 1));
    }
  }
}

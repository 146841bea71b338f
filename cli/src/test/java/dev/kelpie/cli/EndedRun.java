package dev.kelpie.cli;

import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Folders of runs that ended, made by hand, and a page over them; for tests. */
public final class EndedRun {
  private EndedRun() {}

  /**
   * Writes a run whose reward rises by a half from {@code reward}. Its third rollout worker is
   * lost.
   *
   * @param actors coordinator and learner included
   */
  public static Path write(Path root, int actors, int steps, double reward) throws IOException {
    RunFolder folder = new RunFolder(Files.createDirectories(root));
    StringBuilder metrics = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      metrics.append(
          String.format(
              Locale.ROOT,
              "{\"format\":1,\"step\":%d,\"reward/mean\":%.5f,\"policy/loss\":%.5f,"
                  + "\"policy/entropy\":1.5,\"policy/grad_norm\":0.5,"
                  + "\"response_length/mean\":21,\"timing_s/rollout\":0.3,"
                  + "\"timing_s/update_policy\":0.2,\"timing_s/step\":0.5,"
                  + "\"throughput/tokens_per_s\":2000}%n",
              step,
              reward + 0.5 * step / steps,
              Math.sin(step)));
    }
    Files.writeString(folder.metricsFile(), metrics);
    Files.writeString(
        folder.runEventsFile(),
        "{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"info\",\"source\":\"coordinator\","
            + "\"text\":\"started\"}\n");
    Files.writeString(folder.actorsFile(), "{\"format\":2,\"actors\":[" + actors(actors) + "]}");
    Files.writeString(
        folder.summaryFile(), "{\"format\":1,\"status\":\"finished\",\"steps\":" + steps + "}");
    return root;
  }

  /** Adds a step of one response whose prompt and text are {@code text}, rewarded with 1. */
  public static void addSample(Path root, long step, String text) {
    GroupId group = new GroupId(Purpose.ROLLOUT, step, 0);
    Prompt prompt = new Prompt("p", text, TokenIds.of(1), Optional.empty(), Map.of());
    Trajectory response =
        new Trajectory(
            new SampleId(group, 0, 0),
            prompt,
            TokenIds.of(2),
            text,
            PerToken.of(-0.5f),
            PerToken.of(-0.5f),
            TokenVersions.uniform(new PolicyVersion(0), 1),
            FinishReason.STOP,
            Origin.POLICY,
            new Sampling(1, 0, 1, 0, 8, false));
    ScoredTrajectory scored = new ScoredTrajectory(response, new Score(1, Map.of(text, 1f)));
    TrajectoryArrow.writeScored(
        new RunFolder(root).rollouts().resolve("step-" + step + ".arrow"),
        List.of(new TrajectoryGroup(group, List.of(scored), List.of())),
        Map.of(),
        Map.of());
  }

  private static String actors(int count) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String role = i == 0 ? "coordinator" : i == 1 ? "learner" : "rollout";
      String name = i < 2 ? role : role + "-" + (i - 1);
      all.append(i == 0 ? "" : ",")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"name\":\"%s\",\"node\":\"127.0.0.1:%d\",\"role\":\"%s\",\"doing\":\"%s\","
                      + "\"since\":\"2026-01-02T03:04:05Z\",\"version\":7,"
                      + "\"numbers\":{\"mailbox\":0,\"messages\":10,\"rss_mib\":600}}",
                  name,
                  25_520 + i / 4,
                  role,
                  i == 4 || (count == 4 && i == 3) ? "lost" : "waiting"));
    }
    return all.toString();
  }

  /** Serves the page of the runs, which know no texts of tokens. */
  static Page serve(List<Path> runs) throws IOException {
    return serve(runs, ids -> List.of());
  }

  /** Serves the page of the runs. */
  static Page serve(List<Path> runs, Function<TokenIds, List<String>> texts) throws IOException {
    List<ShownRun> shown =
        runs.stream().map(run -> ShownRun.recorded(new RunFolder(run), texts)).toList();
    return new Page(
        DashboardServer.start(
            DashboardServer.Options.of("127.0.0.1", 0, false, AccessToken.random()), shown));
  }

  /** A page that is served until it is closed. */
  record Page(DashboardServer server) implements AutoCloseable {
    String url() {
      return server.url();
    }

    @Override
    public void close() {
      server.close();
    }
  }
}

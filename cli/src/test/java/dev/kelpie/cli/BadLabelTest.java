package dev.kelpie.cli;

import static dev.kelpie.cli.RawRequests.answer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.dashboard.AccessToken;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong answers of people, and files of answers that are damaged. */
class BadLabelTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Labels");
  private static final String TOKEN = "0123456789abcdef0123456789abcdef";
  private static final String NEXT =
      "{\"labeller\":\"anna\",\"browser\":\"b1\",\"kind\":\"pairs\",\"people\":1}";
  private static final String ANSWER =
      "{\"id\":\"answer-0001\",\"labeller\":\"anna\",\"time\":\"2026-01-02T03:04:05Z\","
          + "\"item\":\"1/0/0/1:%s\",\"verdict\":\"left\",\"note\":\"\"}";

  /** A request whose body differs from a good one in {@code was}. */
  private record Kind(String what, String path, String was, String is) {}

  private static final List<Kind> REQUESTS =
      List.of(
          new Kind("no name", "label-next", "\"anna\"", "\"\""),
          new Kind("name of two lines", "label-next", "\"anna\"", "\"an\\nna\""),
          new Kind("no name of the browser", "label-next", "\"b1\"", "\"\""),
          new Kind("another kind of item", "label-next", "\"pairs\"", "\"groups\""),
          new Kind("six people", "label-next", ":1}", ":6}"),
          new Kind("steps that are no numbers", "label-next", ":1}", ":1,\"steps\":\"last\"}"),
          new Kind("no JSON", "label-answer", "{", "["),
          new Kind("short id", "label-answer", "answer-0001", "a1"),
          new Kind("no time", "label-answer", "2026-01-02T03:04:05Z", "yesterday"),
          new Kind("item that is none", "label-answer", "1/0/0/1:", "1/0:"),
          new Kind("rating of a pair", "label-answer", "left", "5"),
          new Kind("side that is not seen", "label-answer", "left", "first"),
          new Kind(
              "note of 1,001 characters", "label-answer", "\"\"}", "\"" + "n".repeat(1001) + "\"}"),
          new Kind("other responses", "label-answer", "1/0/0/1:%s", "1/0/0/1:0123456789abcdef"),
          new Kind("step that is gone", "label-answer", "1/0/0/1:", "9/0/0/1:"));

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @Test
  void wrongAnswersAreRefusedAndNotWritten(@TempDir Path folder) throws IOException {
    Path run = PairableRun.write(folder.resolve("run"), 1, 1);
    try (DashboardServer server = serve(run)) {
      String next = post(server, "label-next", NEXT);
      String hash = next.replaceFirst("(?s).*1/0/0/1:([0-9a-f]{16}).*", "$1");
      for (Kind kind : REQUESTS) {
        String good = kind.path().equals("label-next") ? NEXT : ANSWER;
        assertThat(good).contains(kind.was());
        String body = good.replace(kind.was(), kind.is()).formatted(hash);
        String got = post(server, kind.path(), body).replace(hash, "HASH");
        assertThat(got).startsWith("HTTP/1.1 4");
        String shown = kind.is().length() > 100 ? "nnn..." : kind.is();
        TABLE.add("label: " + kind.what(), shown.replace("\n", "\\n").formatted("HASH"), got);
      }
      assertThat(run.resolve("labels.jsonl")).doesNotExist();
      assertThat(post(server, "label-answer", ANSWER.formatted(hash)))
          .isEqualTo("HTTP/1.1 200 OK: {\"new\":true}");
      String other = ANSWER.replace("left", "tie").formatted(hash);
      TABLE.add(
          "label: id of another answer",
          "the same id, \"tie\"",
          post(server, "label-answer", other));
    }
    assertThat(Files.readAllLines(run.resolve("labels.jsonl"))).hasSize(1);
  }

  private static DashboardServer serve(Path run) throws IOException {
    return DashboardServer.start(
        DashboardServer.Options.of("127.0.0.1", 0, false, new AccessToken(TOKEN)),
        List.of(ShownRun.recorded(new RunFolder(run), ids -> List.of())));
  }

  private static String post(DashboardServer server, String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String request =
        "POST /api/runs/0/%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
            + "Content-Length: %d\r\nConnection: close\r\n\r\n%s";
    return answer(
        server.port(),
        request
            .formatted(path, server.port(), TOKEN, bytes.length, body)
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void damagedFilesAreReportedByLine(@TempDir Path folder) throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    labels("no answers", "kelpie labels RUN", run, folder, "");
    Path file = run.resolve("labels.jsonl");
    Files.writeString(file, "{\"kind\": \"label\"}\n");
    labels("line without a format", "{\"kind\": \"label\"}", run, folder, "");
    Files.writeString(file, "no JSON\n");
    labels("line that is no JSON", "no JSON", run, folder, "");
    String vote = "{\"format\":1,\"kind\":\"vote\",\"time\":\"2026-01-02T03:04:05Z\"}";
    Files.writeString(file, vote + "\n");
    labels("line of another kind", vote, run, folder, "");
    Files.writeString(file, "");
    labels("nothing to export", "--export FILE", run, folder, "--export");
    Files.delete(file);
    Files.createSymbolicLink(file, Files.createFile(folder.resolve("elsewhere")));
    labels("labels.jsonl is a link that leads out", "kelpie labels RUN", run, folder, "");
  }

  private static void labels(String what, String input, Path run, Path folder, String option) {
    List<String> arguments = new ArrayList<>(List.of("labels", run.toString()));
    if (!option.isEmpty()) {
      arguments.addAll(List.of(option, folder.resolve("pairs.jsonl").toString()));
    }
    CommandLineRun got = CommandLineRun.of(arguments.toArray(String[]::new));
    String line =
        got.code() == 0
            ? got.out().lines().filter(one -> one.startsWith("labels.jsonl")).findFirst().orElse("")
            : got.err().strip().replaceFirst("^kelpie: ", "");
    TABLE.add(what, input, Refusal.stable(folder, line));
  }
}

package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A server with a run, and a client that has the token; for tests. */
final class OpenPage implements AutoCloseable {
  static final String TOKEN = "a-token-for-tests-only";

  final FakeRun run;
  final DashboardServer server;
  final HttpClient client = HttpClient.newHttpClient();

  private OpenPage(FakeRun run, DashboardServer server) {
    this.run = run;
    this.server = server;
  }

  static OpenPage over(Path folder, int workers) {
    return over(folder, workers, Duration.ofSeconds(20));
  }

  static OpenPage over(Path folder, int workers, Duration requestTimeout) {
    FakeRun run = new FakeRun(workers, Instant.parse("2026-01-02T03:04:05Z"));
    ShownRun shown =
        ShownRun.live(
            run,
            run::situation,
            run,
            new RunFolder(folder),
            Map.of("Java", "17"),
            ids -> Arrays.stream(ids.toArray()).mapToObj(id -> "<" + id + ">").toList());
    return new OpenPage(run, serve(List.of(shown), requestTimeout));
  }

  private static DashboardServer serve(List<ShownRun> runs, Duration requestTimeout) {
    DashboardServer.Options options =
        new DashboardServer.Options(
            "127.0.0.1", 0, false, new AccessToken(TOKEN), requestTimeout, 64, 4, Optional.empty());
    try {
      return DashboardServer.start(options, runs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI at(String path) {
    return URI.create("http://127.0.0.1:" + server.port() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(at(path)).header("Authorization", "Bearer " + TOKEN);
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path) throws IOException, InterruptedException {
    return client.send(
        request(path).POST(HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  JsonNode json(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer = get(path);
    if (answer.statusCode() != 200) {
      throw new IOException(answer.statusCode() + ": " + answer.body());
    }
    return Json.MAPPER.readTree(answer.body());
  }

  /** Sends bytes as they are and reads what comes until the server closes. */
  String raw(String text) throws IOException {
    return raw(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  String raw(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}

package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Reads an event stream as a browser does; for tests. */
final class EventLines implements AutoCloseable {
  private final BufferedReader lines;
  private String id = "";
  private String event = "";
  private long bytes;

  private EventLines(InputStream stream) {
    this.lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
  }

  /** Opens the stream, after {@code lastEventId} if it is not empty. */
  static EventLines open(OpenPage page, String lastEventId) throws Exception {
    HttpRequest.Builder request = page.request("/api/stream");
    if (!lastEventId.isEmpty()) {
      request.header("Last-Event-ID", lastEventId);
    }
    HttpResponse<InputStream> answer =
        page.client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    if (answer.statusCode() != 200) {
      throw new IOException("answer " + answer.statusCode());
    }
    return new EventLines(answer.body());
  }

  /** The next message's data. */
  JsonNode next() throws IOException {
    event = "message";
    while (true) {
      String line = lines.readLine();
      if (line == null) {
        throw new IOException("the stream ended");
      }
      bytes += line.getBytes(StandardCharsets.UTF_8).length + 1L;
      if (line.startsWith("id: ")) {
        id = line.substring(4);
      } else if (line.startsWith("event: ")) {
        event = line.substring(7);
      } else if (line.startsWith("data: ")) {
        return Json.MAPPER.readTree(line.substring(6));
      }
    }
  }

  /** The next message of the only run that has {@code part}. */
  JsonNode nextWith(String part) throws IOException {
    while (true) {
      JsonNode run = next().at("/runs/0");
      if (run.has(part)) {
        return run.get(part);
      }
    }
  }

  String id() {
    return id;
  }

  String event() {
    return event;
  }

  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}

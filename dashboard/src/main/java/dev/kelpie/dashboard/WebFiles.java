package dev.kelpie.dashboard;

import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.http.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The page's own files and its chart library, from the class path; no other file is served. */
final class WebFiles {
  private static final List<String> FILES =
      List.of(
          "style.css",
          "main.js",
          "state.js",
          "dom.js",
          "format.js",
          "theme.js",
          "actors.js",
          "graph.js",
          "graph-layout.js",
          "actor-panel.js",
          "controls.js",
          "curves.js",
          "chart.js",
          "chart-keys.js",
          "values-table.js",
          "samples.js",
          "pairs.js",
          "pair-view.js",
          "label.js",
          "label-queue.js",
          "label-results.js",
          "heat-map.js",
          "token-button.js",
          "run.js",
          "doctor.js",
          "reward-model.js",
          "reliability.js",
          "stuck.js",
          "icon.svg");

  private final Map<String, String> resources = new HashMap<>();
  private final Map<String, WebFile> loaded = new ConcurrentHashMap<>();

  /** A file in memory: its bytes and a hash of them. */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way to a socket; never compared
  private record WebFile(String type, byte[] bytes, String etag) {}

  WebFiles() {
    resources.put("/", "web/index.html");
    FILES.forEach(file -> resources.put("/app/" + file, "web/" + file));
    resources.put("/lib/echarts.js", ChartLibrary.module());
  }

  /** The file at {@code path}; without its bytes where the browser has them. */
  Optional<Answer> find(String path, String ifNoneMatch) {
    String resource = resources.get(path);
    if (resource == null) {
      return Optional.empty();
    }
    WebFile file = loaded.computeIfAbsent(resource, WebFiles::load);
    Map<String, String> headers = Map.of("ETag", file.etag(), "Cache-Control", "no-cache");
    return Optional.of(
        ifNoneMatch.equals(file.etag())
            ? new Answer(HttpResponseStatus.NOT_MODIFIED, file.type(), new byte[0], headers)
            : new Answer(HttpResponseStatus.OK, file.type(), file.bytes(), headers));
  }

  private static WebFile load(String resource) {
    try (InputStream stream = WebFiles.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("the class path has no " + resource);
      }
      byte[] bytes = stream.readAllBytes();
      MessageDigest digest = Sha256.digest();
      digest.update(bytes);
      return new WebFile(type(resource), bytes, '"' + Sha256.hex(digest).substring(0, 16) + '"');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String type(String resource) {
    if (resource.endsWith(".html")) {
      return "text/html; charset=utf-8";
    } else if (resource.endsWith(".css")) {
      return "text/css; charset=utf-8";
    } else if (resource.endsWith(".svg")) {
      return "image/svg+xml";
    }
    return "text/javascript; charset=utf-8";
  }
}

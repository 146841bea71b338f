package dev.kelpie.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.actors.WireEcho;
import dev.kelpie.runs.FileTree;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.file.Sha256;
import dev.kelpie.wire.file.WrittenFile;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the connection of two processes: round trips of control messages, and weights over HTTP.
 * One process is the learner's side ({@link #serve}); the other measures.
 */
public final class WireBench {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int WARM_UP = 2000;

  private WireBench() {}

  /** The size of a measurement; the weights have {@code mib}, a multiple of 10. */
  public record Options(int perSecond, int messages, int mib, int downloads) {}

  /** Prints its addresses as one JSON line, then answers and serves until standard input ends. */
  public static void serve(int mib, PrintStream out) throws IOException {
    Path folder = Files.createTempDirectory("kelpie-bench");
    Path file = folder.resolve("weights.arrow");
    try (WireEcho echo = WireEcho.answering();
        BulkServer server = BulkServer.start(BulkServer.Options.DEFAULTS)) {
      WeightFile weights = WeightsArrow.write(file, RandomWeights.ofMib(mib));
      String sha256 = Sha256.of(weights.path());
      FileTicket ticket =
          server.offer(new WrittenFile(weights.path(), weights.bytes(), sha256).ticket(""));
      out.println(
          JSON.createObjectNode()
              .put("address", echo.address())
              .put("url", ticket.url())
              .put("bytes", ticket.bytes())
              .put("sha256", ticket.sha256()));
      out.flush();
      while (System.in.read() >= 0) {
        // the measuring process sends nothing, and ends this one by closing its input
      }
    } finally {
      FileTree.delete(folder);
    }
  }

  /**
   * Starts {@code command}, which serves, and measures against it.
   *
   * @return a line of numbers
   */
  public static Map<String, Object> run(List<String> command, Options options)
      throws IOException, InterruptedException {
    Process other =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    try (var out = other.inputReader()) {
      String line = out.readLine();
      if (line == null) {
        throw new IOException("the serving process ended without a word");
      }
      JsonNode where = JSON.readTree(line);
      Map<String, Object> numbers = new LinkedHashMap<>();
      numbers.put("bench", "wire");
      messages(where.get("address").asText(), options, numbers);
      downloads(where, options, numbers);
      return numbers;
    } finally {
      other.getOutputStream().close();
      other.waitFor();
    }
  }

  private static void messages(String address, Options options, Map<String, Object> numbers) {
    List<Double> all =
        WireEcho.roundTrips(address, options.perSecond(), WARM_UP + options.messages());
    double[] sorted =
        all.subList(WARM_UP, all.size()).stream().mapToDouble(s -> s * 1e3).sorted().toArray();
    numbers.put("messages_per_s", options.perSecond());
    numbers.put("round_trip_ms_median", DecodeBench.round(sorted[sorted.length / 2], 1000));
    numbers.put("round_trip_ms_p99", DecodeBench.round(sorted[sorted.length * 99 / 100], 1000));
    numbers.put("round_trip_ms_max", DecodeBench.round(sorted[sorted.length - 1], 1000));
  }

  private static void downloads(JsonNode where, Options options, Map<String, Object> numbers)
      throws IOException {
    Path folder = Files.createTempDirectory("kelpie-bench");
    Path target = folder.resolve("weights.arrow");
    List<Double> seconds = new ArrayList<>();
    long bytes = where.get("bytes").asLong();
    try {
      BulkClient client = new BulkClient(BulkClient.Options.DEFAULTS);
      for (int i = 0; i < options.downloads(); i++) {
        Files.deleteIfExists(target);
        long start = System.nanoTime();
        client.download(
            List.of(where.get("url").asText()),
            bytes,
            where.get("sha256").asText(),
            target,
            (arrived, total) -> {});
        seconds.add((System.nanoTime() - start) / 1e9);
      }
    } finally {
      FileTree.delete(folder);
    }
    numbers.put("weights_mb", DecodeBench.round(bytes / 1e6, 10));
    numbers.put("download_s", seconds.stream().map(s -> DecodeBench.round(s, 1000)).toList());
    double[] sorted = seconds.stream().mapToDouble(s -> s).toArray();
    numbers.put("download_s_median", DecodeBench.round(DecodeBench.median(sorted), 1000));
  }
}

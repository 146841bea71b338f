package dev.kelpie.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.OperatingSystemMXBean;
import dev.kelpie.wire.arrow.WeightFile;
import dev.kelpie.wire.arrow.WeightsArrow;
import dev.kelpie.wire.broadcast.Broadcast;
import dev.kelpie.wire.broadcast.Holders;
import dev.kelpie.wire.broadcast.Holding;
import dev.kelpie.wire.broadcast.Ranges;
import dev.kelpie.wire.file.ChunkedTicket;
import dev.kelpie.wire.file.FileTicket;
import dev.kelpie.wire.http.BearerToken;
import dev.kelpie.wire.http.BulkClient;
import dev.kelpie.wire.http.BulkServer;
import dev.kelpie.wire.tls.NodeTls;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A process of the measurement of broadcasts: it serves weights, and downloads those of others. It
 * takes orders and gives answers as lines of JSON, one object each, until its input ends.
 */
public final class BroadcastNode {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final BulkServer server;
  private final Broadcast broadcast;
  private final Path folder;
  private final PrintStream out;

  private BroadcastNode(BulkServer server, Broadcast broadcast, Path folder, PrintStream out) {
    this.server = server;
    this.broadcast = broadcast;
    this.folder = folder;
    this.out = out;
  }

  /**
   * Serves until standard input ends.
   *
   * @param certificates folder with the host's certificate; empty: neither TLS nor token
   */
  public static void run(String host, String certificates, Path folder, PrintStream out)
      throws IOException {
    BulkServer.Options serving = BulkServer.Options.DEFAULTS.bind(host, 0);
    BulkClient.Options client = BulkClient.Options.DEFAULTS;
    if (!certificates.isEmpty()) {
      NodeTls tls = NodeTls.open(TlsFiles.of(Path.of(certificates), host));
      BearerToken token = BearerToken.of(tls.secret());
      serving = serving.withTls(tls).withToken(token);
      client = client.withTls(tls).withToken(token);
    }
    Files.createDirectories(folder);
    try (BulkServer server = BulkServer.start(serving);
        Broadcast broadcast = new Broadcast(server, client, Duration.ofSeconds(20));
        BufferedReader orders =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      BroadcastNode node = new BroadcastNode(server, broadcast, folder, out);
      broadcast.announceTo(node::announce);
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        node.obey(JSON.readTree(line));
      }
    }
  }

  private void obey(JsonNode order) {
    switch (order.path("order").asText()) {
      case "serve" -> serve(order.path("mib").asInt());
      case "get" ->
          timed(() -> broadcast.fetch(ticket(order), copy(order.path("sha256").asText())));
      case "plain" -> timed(() -> plain(order.path("plain").asText()));
      case "forget" -> {
        broadcast.forget(ticket(order), copy(order.path("sha256").asText()));
        say(JSON.createObjectNode().put("answer", "forgotten"));
      }
      case "heard" -> broadcast.heard(holders(order));
      default -> throw new IllegalArgumentException("order " + order);
    }
  }

  private Path copy(String sha256) {
    return folder.resolve(sha256 + ".arrow");
  }

  private void serve(int mib) {
    WeightFile file = WeightsArrow.write(folder.resolve("weights.arrow"), RandomWeights.ofMib(mib));
    String sha256 = file.chunks().sha256();
    // The plain address is for a comparison without hashes: any name does.
    FileTicket whole = new FileTicket(file.path().toString(), "", file.bytes(), sha256);
    say(
        JSON.createObjectNode()
            .put("answer", "serving")
            .put("url", broadcast.offer(sha256, file.path(), file.chunks()))
            .put("plain", server.offer(whole).url())
            .put("bytes", file.bytes())
            .put("sha256", sha256));
  }

  /** A plain download into a file, with neither hashes nor encryption. */
  private void plain(String url) {
    Path target = folder.resolve("plain.arrow");
    try (InputStream body = URI.create(url).toURL().openStream()) {
      Files.copy(body, target, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private void timed(Runnable work) {
    CompletableFuture.runAsync(
            () -> {
              long start = System.nanoTime();
              double cpu = cpuSeconds();
              work.run();
              say(
                  JSON.createObjectNode()
                      .put("answer", "done")
                      .put("seconds", (System.nanoTime() - start) / 1e9)
                      .put("cpu", cpuSeconds() - cpu));
            })
        .exceptionally(
            failure -> {
              say(JSON.createObjectNode().put("answer", "failed").put("why", failure.toString()));
              return null;
            });
  }

  private static double cpuSeconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime()
        / 1e9;
  }

  private void announce(Holding holding) {
    ObjectNode line =
        JSON.createObjectNode()
            .put("answer", "holding")
            .put("sha256", holding.chunksSha256())
            .put("url", holding.url())
            .put("wants", holding.wants());
    line.set("held", write(holding.held()));
    say(line);
  }

  private void say(ObjectNode line) {
    synchronized (out) {
      out.println(line);
      out.flush();
    }
  }

  private static ChunkedTicket ticket(JsonNode order) {
    return new ChunkedTicket(
        "weights.arrow",
        order.path("url").asText(),
        order.path("bytes").asLong(),
        order.path("sha256").asText());
  }

  /** What an answer says that a node holds. */
  static Holding holding(JsonNode line) {
    return new Holding(
        line.path("sha256").asText(),
        line.path("url").asText(),
        read(line.path("held")),
        line.path("wants").asBoolean());
  }

  /** The order that tells a node of holders. */
  static ObjectNode order(Holders holders) {
    ObjectNode order =
        JSON.createObjectNode()
            .put("order", "heard")
            .put("sha256", holders.chunksSha256())
            .put("index", holders.index())
            .put("count", holders.count());
    ArrayNode list = order.putArray("holders");
    holders
        .holders()
        .forEach(
            holder -> list.addObject().put("url", holder.url()).set("held", write(holder.held())));
    return order;
  }

  private static Holders holders(JsonNode order) {
    List<Holders.Holder> list = new ArrayList<>();
    for (JsonNode holder : order.path("holders")) {
      list.add(new Holders.Holder(holder.path("url").asText(), read(holder.path("held"))));
    }
    return new Holders(
        order.path("sha256").asText(),
        order.path("index").asInt(),
        order.path("count").asInt(),
        list);
  }

  private static ArrayNode write(Ranges ranges) {
    ArrayNode list = JSON.createArrayNode();
    ranges.ranges().forEach(range -> list.add(range.from()).add(range.to()));
    return list;
  }

  private static Ranges read(JsonNode list) {
    List<Ranges.Range> ranges = new ArrayList<>();
    for (int i = 0; i + 1 < list.size(); i += 2) {
      ranges.add(new Ranges.Range(list.get(i).asLong(), list.get(i + 1).asLong()));
    }
    return new Ranges(ranges);
  }
}

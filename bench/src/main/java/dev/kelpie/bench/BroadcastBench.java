package dev.kelpie.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.runs.FileTree;
import dev.kelpie.wire.broadcast.WeightHolders;
import dev.kelpie.wire.tls.CertificateAuthority;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Measures how weights get from one process to others: encrypted to one worker, beside a plain
 * download without hashes; and over links of a given rate, to one worker and to several that serve
 * each other. The processes announce what they hold as in a run; here this process passes it on.
 */
public final class BroadcastBench {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration MOST = Duration.ofMinutes(5);
  private static final String LOOPBACK = "127.0.0.1";

  private BroadcastBench() {}

  /**
   * The size of a measurement.
   *
   * @param mib of the weights, a multiple of 10
   * @param rounds of which the first warms up
   * @param workers that download at the same time over links
   * @param linkRate megabytes a second of each link; 0: no links, for which one must be root
   */
  public record Options(int mib, int rounds, int workers, int linkRate) {}

  /** Makes the command line of a node from its arguments. */
  @FunctionalInterface
  public interface Command {
    List<String> of(List<String> arguments);
  }

  /** Measures; returns a line of numbers. */
  public static Map<String, Object> run(Command command, Options options)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("kelpie-bench");
    try {
      Map<String, Object> numbers = new LinkedHashMap<>();
      numbers.put("bench", "broadcast");
      numbers.put("weights_mb", DecodeBench.round(options.mib() * 1024 * 1024 / 1e6, 10));
      loopback(command, options, folder, numbers);
      if (options.linkRate() > 0) {
        links(command, options, folder, numbers);
      }
      return numbers;
    } finally {
      FileTree.delete(folder);
    }
  }

  private static void loopback(
      Command command, Options options, Path folder, Map<String, Object> numbers)
      throws IOException, InterruptedException {
    CertificateAuthority.openOrCreate(folder.resolve("ca")).issue(LOOPBACK, Duration.ofDays(1));
    String certificates = folder.resolve("ca").toString();
    try (Nodes open = new Nodes();
        Nodes safe = new Nodes()) {
      open.start(command, LOOPBACK, "", folder.resolve("open-source"));
      open.start(command, LOOPBACK, "", folder.resolve("open-worker"));
      safe.start(command, LOOPBACK, certificates, folder.resolve("safe-source"));
      safe.start(command, LOOPBACK, certificates, folder.resolve("safe-worker"));
      JsonNode openFile = open.serve(options.mib());
      JsonNode safeFile = safe.serve(options.mib());
      List<Double> plain = new ArrayList<>();
      List<Double> unencrypted = new ArrayList<>();
      List<Double> encrypted = new ArrayList<>();
      List<Double> cpu = new ArrayList<>();
      for (int round = 0; round < options.rounds(); round++) {
        plain.add(open.fetch("plain", openFile, 1).seconds());
        unencrypted.add(open.fetch("get", openFile, 1).seconds());
        Result result = safe.fetch("get", safeFile, 1);
        encrypted.add(result.seconds());
        cpu.add(result.cpu());
      }
      numbers.put("plain_http_s", rounded(plain));
      numbers.put("broadcast_s", rounded(unencrypted));
      numbers.put("broadcast_tls_s", rounded(encrypted));
      numbers.put("worker_cpu_s", rounded(cpu));
      numbers.put("tls_over_plain_rate", ratio(plain, encrypted));
    }
  }

  private static void links(
      Command command, Options options, Path folder, Map<String, Object> numbers)
      throws IOException, InterruptedException {
    int hosts = options.workers() + 1;
    CertificateAuthority authority = CertificateAuthority.openOrCreate(folder.resolve("ca"));
    for (int i = 1; i <= hosts; i++) {
      authority.issue(NetworkLab.address(i), Duration.ofDays(1));
    }
    try (NetworkLab lab = NetworkLab.open(hosts, options.linkRate());
        Nodes nodes = new Nodes()) {
      for (int i = 1; i <= hosts; i++) {
        int number = i;
        nodes.start(
            arguments -> lab.on(number, command.of(arguments)),
            NetworkLab.address(i),
            folder.resolve("ca").toString(),
            folder.resolve("host-" + i));
      }
      JsonNode file = nodes.serve(options.mib());
      List<Double> one = new ArrayList<>();
      List<Double> all = new ArrayList<>();
      List<Double> cpu = new ArrayList<>();
      for (int round = 0; round < options.rounds(); round++) {
        one.add(nodes.fetch("get", file, 1).seconds());
        Result result = nodes.fetch("get", file, options.workers());
        all.add(result.seconds());
        cpu.add(result.cpu());
      }
      numbers.put("link_mb_per_s", options.linkRate());
      numbers.put("to_1_s", rounded(one));
      numbers.put("to_" + options.workers() + "_s", rounded(all));
      numbers.put("worker_cpu_over_links_s", rounded(cpu));
      numbers.put("to_" + options.workers() + "_over_to_1", ratio(all, one));
    }
  }

  private static List<Double> rounded(List<Double> seconds) {
    return seconds.stream().map(s -> DecodeBench.round(s, 1000)).toList();
  }

  /** Quotient of the medians without the first rounds. */
  private static double ratio(List<Double> above, List<Double> below) {
    return DecodeBench.round(median(above) / median(below), 1000);
  }

  private static double median(List<Double> values) {
    return DecodeBench.median(values.stream().skip(1).mapToDouble(value -> value).toArray());
  }

  /** Seconds until the last worker had everything, and the mean of their CPU seconds. */
  private record Result(double seconds, double cpu) {}

  /** Processes, of which the first serves; passes on what the others hold. */
  private static final class Nodes implements AutoCloseable {
    private final List<Node> nodes = new ArrayList<>();
    private final WeightHolders<Node> holders = new WeightHolders<>();

    void start(Command command, String host, String certificates, Path folder) throws IOException {
      List<String> arguments =
          List.of("bench", "broadcast-node", host, folder.toString(), certificates);
      nodes.add(new Node(nodes.size(), command.of(arguments), this));
    }

    JsonNode serve(int mib) throws IOException, InterruptedException {
      nodes.get(0).order(JSON.createObjectNode().put("order", "serve").put("mib", mib));
      return nodes.get(0).answer();
    }

    /** The first {@code workers} processes behind the one that serves download the file. */
    Result fetch(String how, JsonNode file, int workers) throws IOException, InterruptedException {
      List<Node> some = nodes.subList(1, workers + 1);
      long start = System.nanoTime();
      for (Node node : some) {
        node.order(((ObjectNode) file.deepCopy()).put("order", how));
      }
      double cpu = 0;
      for (Node node : some) {
        cpu += node.answer().path("cpu").asDouble();
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      for (Node node : some) {
        node.order(((ObjectNode) file.deepCopy()).put("order", "forget"));
        node.answer();
      }
      return new Result(seconds, cpu / workers);
    }

    private synchronized void announced(Node from, JsonNode line) {
      holders
          .announced("node " + from.number, from, BroadcastNode.holding(line))
          .forEach(told -> told.address().order(BroadcastNode.order(told.holders())));
    }

    @Override
    public void close() throws IOException, InterruptedException {
      for (Node node : nodes) {
        node.process.getOutputStream().close();
      }
      for (Node node : nodes) {
        if (!node.process.waitFor(10, TimeUnit.SECONDS)) {
          node.process.destroyForcibly().waitFor();
        }
      }
    }
  }

  private static final class Node {
    private final int number;
    private final Process process;
    private final PrintStream in;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();

    Node(int number, List<String> command, Nodes all) throws IOException {
      this.number = number;
      this.process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      this.in = new PrintStream(process.getOutputStream(), false, StandardCharsets.UTF_8);
      Thread reader = new Thread(() -> read(all), "kelpie-bench-node");
      reader.setDaemon(true);
      reader.start();
    }

    private void read(Nodes all) {
      try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
        for (String line = out.readLine(); line != null; line = out.readLine()) {
          JsonNode answer = JSON.readTree(line);
          if (answer.path("answer").asText().equals("holding")) {
            all.announced(this, answer);
          } else {
            answers.add(answer);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      answers.add(JSON.createObjectNode().put("answer", "failed").put("why", "the process ended"));
    }

    synchronized void order(ObjectNode order) {
      in.println(order);
      in.flush();
    }

    JsonNode answer() throws IOException, InterruptedException {
      JsonNode answer = answers.poll(MOST.toSeconds(), TimeUnit.SECONDS);
      if (answer == null || answer.path("answer").asText().equals("failed")) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "node %d: %s",
                number,
                answer == null ? "no answer" : answer.path("why").asText()));
      }
      return answer;
    }
  }
}

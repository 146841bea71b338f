package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nothing leaves the machine: the engine's telemetry and downloads are off. Java asks the proxy
 * selector before every connection by URL or by an HTTP client, so it hears of every attempt.
 */
class NothingLeavesTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void aWholeRunOpensNoConnectionToAnotherMachine() {
    ProxySelector before = ProxySelector.getDefault();
    Listener listener = new Listener();
    ProxySelector.setDefault(listener);
    try {
      CommandLineRun run =
          CommandLineRun.of(
              "train",
              Shipped.quickstart(),
              "--run-dir",
              folder.resolve("run").toString(),
              "-D",
              "run.steps=1",
              "-D",
              "eval.path=\"\"");
      assertThat(run.code()).as(run.err()).isZero();
    } finally {
      ProxySelector.setDefault(before);
    }
    assertThat(listener.asked)
        .allSatisfy(uri -> assertThat(uri.getHost()).isIn("127.0.0.1", "localhost"));
    assertThat(System.getProperty("OPT_OUT_TRACKING")).isEqualTo("true");
    assertThat(System.getProperty("ai.djl.offline")).isEqualTo("true");
  }

  private static final class Listener extends ProxySelector {
    final Queue<URI> asked = new ConcurrentLinkedQueue<>();

    @Override
    public List<Proxy> select(URI uri) {
      asked.add(uri);
      return List.of(Proxy.NO_PROXY);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
      asked.add(uri);
    }
  }
}

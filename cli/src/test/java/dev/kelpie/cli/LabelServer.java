package dev.kelpie.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A process {@code kelpie dashboard} over a run, killed and started again on the same port. */
final class LabelServer implements AutoCloseable {
  private static final String ADDRESS = "page: http";

  private final Path run;
  private final int port;
  private Process process;
  private String url;
  private int starts = 1;
  private int pressed;
  private boolean closed;
  private @Nullable Throwable failure;

  /** An address of the page, which is another one after each start. */
  record Address(String url, int start) {}

  private LabelServer(Path run, int port) throws IOException {
    this.run = run;
    this.port = port;
    this.process = launch();
    this.url = address();
  }

  static LabelServer start(Path run) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = free.getLocalPort();
      free.close();
      return new LabelServer(run, port);
    }
  }

  private Process launch() throws IOException {
    List<String> command = KelpieJvm.command("-Xmx256m");
    command.addAll(List.of("dashboard", run.toString(), "--port", Integer.toString(port)));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private String address() throws IOException {
    BufferedReader out = process.inputReader();
    List<String> said = new ArrayList<>();
    String line = out.readLine();
    while (line != null && !line.startsWith(ADDRESS)) {
      said.add(line);
      line = out.readLine();
    }
    if (line == null) {
      throw new IOException("the page does not start: " + said);
    }
    Chromium.readOn(out, "dashboard-output", text -> {});
    return line.substring("page: ".length());
  }

  synchronized Address address(int after) throws InterruptedException {
    while (starts <= after && !closed) {
      wait();
    }
    return new Address(url, starts);
  }

  /** The number of the last start. */
  synchronized int starts() {
    return starts;
  }

  /** A person has pressed a key. */
  synchronized void addPressed() {
    pressed++;
    notifyAll();
  }

  /** A person has failed, so nobody need wait for more. */
  synchronized void addFailure(Throwable found) {
    failure = found;
    notifyAll();
  }

  synchronized void awaitPressed(int count) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
    while (pressed < count && failure == null && System.nanoTime() < end) {
      wait(1000);
    }
    if (pressed < count) {
      throw new AssertionError(pressed + " keys pressed (expected: " + count + ")", failure);
    }
  }

  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  void restart() throws IOException {
    Process again = launch();
    synchronized (this) {
      process = again;
    }
    String other = address();
    synchronized (this) {
      url = other;
      starts++;
      notifyAll();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
    process.destroyForcibly();
  }
}

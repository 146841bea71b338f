package dev.kelpie.cli.train;

import dev.kelpie.actors.RunNode;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.cli.terminal.Browser;
import dev.kelpie.cli.terminal.Version;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.dashboard.DashboardServer;
import dev.kelpie.dashboard.ShownRun;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.tls.NodeTls;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Serves the page of a live run; where that fails the run continues with a warning. */
public final class LivePage implements AutoCloseable {
  /** The prefix of the line with the page's address. */
  public static final String ADDRESS = "page: ";

  private final Optional<DashboardServer> server;
  private final PolicyTokens tokens;

  private LivePage(Optional<DashboardServer> server, PolicyTokens tokens) {
    this.server = server;
    this.tokens = tokens;
  }

  /** Serves the page as the experiment configures it and prints its address. */
  static LivePage open(
      Experiment experiment, RunNode node, RunFolder folder, boolean browser, PrintWriter out) {
    DashboardOptions wanted = experiment.dashboard();
    PolicyTokens tokens = new PolicyTokens(folder);
    List<String> roles = experiment.cluster().roles();
    if (!wanted.enabled() || !(roles.isEmpty() || roles.contains("learner"))) {
      return new LivePage(Optional.empty(), tokens);
    }
    try {
      ShownRun run =
          ShownRun.live(node.view(), node::situation, node.control(), folder, facts(), tokens);
      PageAddress address = PageAddress.of(wanted, folder);
      Optional<NodeTls> tls = HostCertificates.page(experiment);
      DashboardServer.Options options =
          DashboardServer.Options.of(wanted.host(), address.port(), true, address.token());
      DashboardServer server =
          DashboardServer.start(tls.map(options::with).orElse(options), List.of(run));
      try {
        PageAddress.keep(wanted, server.port(), address.token(), folder);
      } catch (IOException e) {
        out.println(
            "warning: a resumed run will have a page of another address: " + e.getMessage());
      }
      announce(server, address.port(), browser, out);
      return new LivePage(Optional.of(server), tokens);
    } catch (IOException | RuntimeException e) {
      out.println("warning: no page for this run: " + e.getMessage());
      out.flush();
      return new LivePage(Optional.empty(), tokens);
    }
  }

  /** Prints the address, and a note when it is not the one that was configured. */
  public static void announce(
      DashboardServer server, int wantedPort, boolean browser, PrintWriter out) {
    if (wantedPort != 0 && server.port() != wantedPort) {
      out.println("page: port " + wantedPort + " is in use, so it is on " + server.port());
    }
    out.println(ADDRESS + server.url());
    if (browser) {
      Browser.open(server.url()).ifPresent(out::println);
    }
    out.flush();
  }

  private static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Kelpie", Version.number() + ", commit " + Version.commit());
    facts.put(
        "Java", System.getProperty("java.version") + ", " + System.getProperty("java.vendor"));
    facts.put(
        "system",
        String.join(
            " ",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch")));
    facts.put("machine", hostName());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("Java heap", Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB at most");
    facts.put("process", Long.toString(ProcessHandle.current().pid()));
    return facts;
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "unknown";
    }
  }

  @Override
  public void close() {
    server.ifPresent(DashboardServer::close);
    tokens.close();
  }
}

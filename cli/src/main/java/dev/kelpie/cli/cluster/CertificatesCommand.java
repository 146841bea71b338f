package dev.kelpie.cli.cluster;

import dev.kelpie.config.ConfigException;
import dev.kelpie.wire.tls.CertificateAuthority;
import dev.kelpie.wire.tls.TlsFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie cluster certificates}: makes or renews the certificates of hosts. */
@Command(
    name = "certificates",
    description = {
      "Make certificates by which the hosts of a cluster know each other, and the authority that",
      "signs them where there is none. Run again, it renews them; live processes take the new ones."
    },
    footer = {"", "Example: kelpie cluster certificates --out certificates 10.0.0.7 10.0.0.8"})
final class CertificatesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "1..*",
      paramLabel = "HOST",
      description = "Names or addresses of hosts, as others connect to them: cluster.host.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "certificates",
      description = "Folder to write to. Default: ${DEFAULT-VALUE}.")
  private Path folder = Path.of("");

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "365",
      description = "How long the hosts' certificates are valid. Default: ${DEFAULT-VALUE}.")
  private int days;

  @Override
  public Integer call() throws IOException {
    if (days < 1 || days > 3650) {
      throw new ConfigException("--days: " + days + " (expected: 1 to 3650)");
    }
    try {
      hosts.forEach(CertificateAuthority::requireHost);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
    CertificateAuthority authority;
    try {
      authority = CertificateAuthority.openOrCreate(folder);
    } catch (IOException e) {
      throw new ConfigException("--out: " + e.getMessage());
    }
    PrintWriter out = spec.commandLine().getOut();
    for (String host : hosts) {
      TlsFiles files = authority.issue(host, Duration.ofDays(days));
      Instant end = Instant.now().plus(days, ChronoUnit.DAYS);
      Instant until = end.isAfter(authority.until()) ? authority.until() : end;
      out.println(
          files.certificate()
              + ": of "
              + host
              + ", valid until "
              + until.atZone(ZoneOffset.UTC).toLocalDate());
    }
    out.println("each host needs ca.pem, token, and its own HOST.pem and HOST-key.pem;");
    out.println("ca-key.pem makes further certificates, and stays here");
    out.println(
        "in the experiment: cluster { host = "
            + quoted(hosts.get(0))
            + ", tls-path = "
            + quoted(folder.toString())
            + " }");
    out.flush();
    return 0;
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}

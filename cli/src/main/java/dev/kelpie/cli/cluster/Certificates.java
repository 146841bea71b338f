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
import java.util.List;

/** Makes or renews the certificates of hosts, and says what to do with them. */
final class Certificates {
  private static final int MOST_DAYS = 3650;

  private Certificates() {}

  /**
   * Writes the certificates of {@code hosts} to {@code folder}.
   *
   * @throws ConfigException if a host is none, or the authority in the folder cannot be used
   */
  static void make(List<String> hosts, Path folder, int days, PrintWriter out) throws IOException {
    if (days < 1 || days > MOST_DAYS) {
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
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}

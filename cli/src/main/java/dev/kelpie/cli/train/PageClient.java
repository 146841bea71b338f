package dev.kelpie.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.cli.check.HostCertificates;
import dev.kelpie.config.DashboardOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.file.ExperimentFiles;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.wire.tls.NodeTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Asks the page of a live run as a program does: by its port and its token. */
public final class PageClient {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int BAD_REQUEST = 400;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient client;
  private final String base;
  private final String token;

  private PageClient(HttpClient client, String base, String token) {
    this.client = client;
    this.base = base;
    this.token = token;
  }

  /** The page refuses a request; its words say why. */
  public static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1;

    RefusedException(String message) {
      super(message);
    }
  }

  /**
   * The page of a run that is live; empty when the run has none.
   *
   * @throws dev.kelpie.config.ConfigException when its experiment cannot be read
   */
  public static Optional<PageClient> of(RunFolder folder) {
    Experiment experiment =
        ExperimentFiles.loadRecorded(folder.experimentFile(), List.of()).experiment();
    DashboardOptions wanted = experiment.dashboard();
    PageAddress address = PageAddress.of(wanted, folder);
    if (!wanted.enabled() || address.port() == 0) {
      return Optional.empty();
    }
    HttpClient.Builder client = HttpClient.newBuilder().connectTimeout(PATIENCE);
    Optional<NodeTls> tls = HostCertificates.page(experiment);
    tls.ifPresent(known -> client.sslContext(known.context()));
    String host = wanted.host().contains(":") ? "[" + wanted.host() + "]" : wanted.host();
    String base = (tls.isPresent() ? "https://" : "http://") + host + ":" + address.port();
    return Optional.of(new PageClient(client.build(), base, address.token().secret()));
  }

  /** The address of the page, without its token. */
  public String address() {
    return base;
  }

  /** The JSON at {@code path} of the run, such as {@code status}. */
  public JsonNode get(String path) throws IOException, InterruptedException {
    return JSON.readTree(send(request(path).GET()));
  }

  /** Makes a request of the run, such as {@code stop}. */
  public void post(String path) throws IOException, InterruptedException {
    send(request(path).POST(HttpRequest.BodyPublishers.noBody()));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + "/api/runs/0/" + path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + token);
  }

  private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= BAD_REQUEST) {
      throw new RefusedException(answer.body().strip());
    }
    return answer.body();
  }
}

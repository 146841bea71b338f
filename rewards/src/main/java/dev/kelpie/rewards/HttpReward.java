package dev.kelpie.rewards;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import dev.kelpie.config.remote.ServerAddress;
import dev.kelpie.config.remote.ServerLimits;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import dev.kelpie.rewards.remote.RewardServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The score that a server of the user's gives, over one form of JSON: see {@link RewardServer}. A
 * response without a finite number counts as failed.
 */
public final class HttpReward implements Reward {
  private final Options options;
  private final Optional<RewardServer> server;

  /** Options of the type {@code http}. */
  public record Options(
      @Doc("address of the server") String url,
      @Doc("environment variable that holds the key; empty: no key") String apiKeyEnv,
      @Doc("columns of the data set that are sent along as metadata") List<String> columns,
      @Doc("most responses of a request") int batch,
      @Doc("requests at the same time") int concurrency,
      @Doc("longest time for one request") Duration requestTimeout,
      @Doc("repetitions of a request that failed for the moment") int retries) {
    public static final Options DEFAULTS =
        new Options("", "", List.of(), 8, 4, Duration.ofSeconds(20), 3);

    public Options {
      columns = List.copyOf(columns);
      Require.within("batch", batch, 1, 1024);
      Require.positive("request-timeout", requestTimeout);
      if (!url.isEmpty()) {
        ServerAddress.of("url", url);
      }
      new ServerLimits(apiKeyEnv, concurrency, requestTimeout, retries);
    }

    ServerLimits limits() {
      return new ServerLimits(apiKeyEnv, concurrency, requestTimeout, retries);
    }
  }

  public HttpReward(Options options) {
    this(options, Optional.empty());
    Require.that(
        !options.url().isEmpty(),
        "url: missing (expected: the address of a server, such as http://localhost:9000/score)");
  }

  private HttpReward(Options options, Optional<RewardServer> server) {
    this.options = options;
    this.server = server;
  }

  @Override
  public Reward connect(Connections connections) {
    return new HttpReward(
        options,
        Optional.of(connections.rewards(options.url(), options.limits(), options.batch())));
  }

  @Override
  public boolean isRemote() {
    return true;
  }

  @Override
  public int concurrency() {
    return options.batch() * options.concurrency();
  }

  @Override
  public Score score(Trajectory trajectory) throws RewardException, InterruptedException {
    Prompt prompt = trajectory.prompt();
    if (server.isEmpty()) {
      throw new RewardException("prompt " + prompt.id() + ": the server is not connected");
    }
    Map<String, String> metadata = new TreeMap<>();
    for (String column : options.columns()) {
      String value = prompt.metadata().get(column);
      if (value != null) {
        metadata.put(column, value);
      }
    }
    try {
      double score =
          server
              .get()
              .score(
                  new RewardServer.Item(
                      prompt.id(), prompt.text(), trajectory.text(), prompt.answer(), metadata));
      return new Score((float) score, Map.of());
    } catch (RemoteException e) {
      throw new RewardException("prompt " + prompt.id() + ": " + e.getMessage());
    }
  }

  /** Refuses a row that lacks a column which is sent along. */
  @Override
  public void checkAnswer(Prompt prompt) throws RewardException {
    for (String column : options.columns()) {
      if (!prompt.metadata().containsKey(column)) {
        throw new RewardException("column " + column + ": none (expected: one in every row)");
      }
    }
  }

  @Override
  public MetadataColumns columns() {
    return MetadataColumns.of(options.columns().toArray(String[]::new));
  }

  @Override
  public String version() {
    return "http-1 " + options;
  }
}

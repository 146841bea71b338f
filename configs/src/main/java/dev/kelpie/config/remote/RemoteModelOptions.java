package dev.kelpie.config.remote;

import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Doc;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.Require;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** A block of {@code models} with a {@code url}: a model of an OpenAI-compatible server. */
public record RemoteModelOptions(
    @Doc("address of the server, up to and with /v1") String url,
    @Doc("name of the model there") String model,
    @Doc("environment variable that holds the key; empty: no key") String apiKeyEnv,
    @Doc("requests at the same time") int concurrency,
    @Doc("longest time for one request") Duration timeout,
    @Doc("repetitions of a request that failed for the moment") int retries,
    Price price,
    Budget budget) {
  private static final RemoteModelOptions DEFAULTS =
      new RemoteModelOptions(
          "http://localhost:8000/v1",
          "model",
          "",
          8,
          Duration.ofSeconds(20),
          3,
          new Price(0, 0),
          new Budget(0, 0));

  /** What a million tokens cost, in any currency. */
  public record Price(
      @Doc("of a million tokens of requests") double input,
      @Doc("of a million tokens of answers") double output) {
    public Price {
      Require.atLeast("input", input, 0.0);
      Require.atLeast("output", output, 0.0);
    }

    /** What a request and its answer cost. */
    public double of(double inputTokens, double outputTokens) {
      return (inputTokens * input + outputTokens * output) / 1e6;
    }
  }

  /** What a run may spend. */
  public record Budget(
      @Doc("most requests of the run, repetitions included; 0: no limit") long requests,
      @Doc("most money of the run, by price; 0: no limit") double money) {
    public Budget {
      Require.atLeast("requests", requests, 0);
      Require.atLeast("money", money, 0.0);
    }
  }

  public RemoteModelOptions {
    ServerAddress.of("url", url);
    Require.that(!model.isBlank(), "model: empty (expected: the name of a model of the server)");
    new ServerLimits(apiKeyEnv, concurrency, timeout, retries);
    Require.that(
        budget.money() == 0 || price.input() + price.output() > 0,
        "budget.money: %s (expected: 0, because there is no price)",
        budget.money());
  }

  /** The address that chats are sent to. */
  public URI chat() {
    return URI.create(ServerAddress.of("url", url) + "/chat/completions");
  }

  public ServerLimits limits() {
    return new ServerLimits(apiKeyEnv, concurrency, timeout, retries);
  }

  /** Whether a block of {@code models} is a model of a server. */
  public static boolean isOne(ConfigBlock block) {
    return block.values().containsKey("url");
  }

  /**
   * The models of servers that an experiment names, in order of their names.
   *
   * @throws ConfigException for a block that is wrong
   */
  public static Map<String, RemoteModelOptions> all(Experiment experiment) {
    Map<String, RemoteModelOptions> models = new TreeMap<>();
    experiment
        .models()
        .forEach(
            (name, block) -> {
              if (isOne(block)) {
                if (!block.values().containsKey("model")) {
                  throw block.error("model", null, "the name of a model of the server");
                }
                models.put(name, block.bind(DEFAULTS));
              }
            });
    return models;
  }
}

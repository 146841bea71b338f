package dev.kelpie.rewards.remote;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.remote.RemoteModelOptions;
import dev.kelpie.config.remote.ServerAddress;
import dev.kelpie.config.remote.ServerLimits;
import dev.kelpie.experience.RunFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * The servers that an experiment names, as one process of a run reaches them. Closing ends every
 * request; no thread of it goes on.
 */
public final class Connections implements AutoCloseable {
  private final Transport transport = new Transport();
  private final Map<String, ChatModel> models = new TreeMap<>();
  private final KeptAnswers kept;
  private final long seed;
  private final Secrets.Environment environment;

  private Connections(KeptAnswers kept, long seed, Secrets.Environment environment) {
    this.kept = kept;
    this.seed = seed;
    this.environment = environment;
  }

  /**
   * Connections of a run. Nothing is sent before the first question.
   *
   * @param run keeps the answers; empty: they are forgotten
   * @param problems takes a line for people
   * @throws dev.kelpie.config.ConfigException when the variable of a key is not set
   */
  public static Connections open(
      Experiment experiment, Optional<RunFolder> run, Consumer<String> problems) {
    return open(experiment, run, problems, System::getenv);
  }

  static Connections open(
      Experiment experiment,
      Optional<RunFolder> run,
      Consumer<String> problems,
      Secrets.Environment environment) {
    Map<String, RemoteModelOptions> named = RemoteModelOptions.all(experiment);
    named.forEach((name, model) -> Secrets.key("models." + name, model.apiKeyEnv(), environment));
    KeptAnswers kept =
        named.isEmpty()
            ? KeptAnswers.inMemory()
            : run.map(folder -> KeptAnswers.open(folder, problems))
                .orElseGet(KeptAnswers::inMemory);
    Connections made = new Connections(kept, experiment.run().seed(), environment);
    named.forEach(made::add);
    return made;
  }

  /**
   * Refuses a key that is not there.
   *
   * @param block the block that names its variable, such as {@code models.judge}
   * @throws dev.kelpie.config.ConfigException with the variable that is not set
   */
  public static void requireKey(String block, String variable) {
    Secrets.key(block, variable, System::getenv);
  }

  private void add(String name, RemoteModelOptions model) {
    String block = "models." + name;
    Spending spending = new Spending(block, model.budget(), model.price());
    long[] before = kept.spentOn(block);
    spending.before(before[0], before[1], before[2]);
    transport.limit(block, model.concurrency());
    JsonServer server =
        new JsonServer(
            transport,
            block,
            model.chat(),
            "a model " + model.model(),
            Secrets.key(block, model.apiKeyEnv(), environment),
            model.limits(),
            seed);
    models.put(name, new ChatModel(block, model, server, spending, kept));
  }

  /** The model of a server by its name in the experiment. */
  public ChatModel model(String name) {
    ChatModel model = models.get(name);
    if (model == null) {
      throw new IllegalArgumentException(
          "model: " + name + " (expected: one with a url, of " + models.keySet() + ")");
    }
    return model;
  }

  /**
   * A server that scores responses.
   *
   * @param name what messages call it, such as {@code http://localhost:9000/score}
   * @param batch most responses of a request
   */
  public RewardServer rewards(String url, ServerLimits limits, int batch) {
    String name = ServerAddress.of("url", url).toString();
    transport.limit(name, limits.concurrency());
    JsonServer server =
        new JsonServer(
            transport,
            name,
            ServerAddress.of("url", url),
            "a reward",
            Secrets.key("reward of " + name, limits.apiKeyEnv(), environment),
            limits,
            seed);
    return new RewardServer(name, server, transport, batch, limits.concurrency());
  }

  /** Why the run can score no more responses: a budget that is spent; empty while it can. */
  public Optional<String> spent() {
    return models.values().stream().flatMap(model -> model.spent().stream()).findFirst();
  }

  /**
   * The results of {@code work}, in its order, at most {@code together} of it at the same time.
   *
   * @throws ExecutionException with what the first failed one threw
   */
  public <T> List<T> all(List<Callable<T>> work, int together)
      throws ExecutionException, InterruptedException {
    Semaphore turns = new Semaphore(together);
    List<Future<T>> futures = new ArrayList<>();
    try {
      for (Callable<T> one : work) {
        turns.acquire();
        futures.add(
            transport
                .threads()
                .submit(
                    () -> {
                      try {
                        return one.call();
                      } finally {
                        turns.release();
                      }
                    }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (RejectedExecutionException e) {
      throw new ExecutionException(new RemoteException("not asked, because the run ends"));
    } finally {
      futures.forEach(future -> future.cancel(true));
    }
  }

  @Override
  public void close() {
    transport.close();
    kept.close();
  }
}

package dev.kelpie.rewards.remote;

import dev.kelpie.config.remote.RemoteModelOptions;
import java.util.Locale;
import java.util.Optional;

/**
 * What a run has spent on a model: requests, and money by the price of tokens. A request counts
 * when it is sent, its tokens when it is answered, so that money may be exceeded by the requests
 * under way.
 */
final class Spending {
  private final String name;
  private final RemoteModelOptions.Budget budget;
  private final RemoteModelOptions.Price price;
  private long requests;
  private long input;
  private long output;
  private Optional<String> refused = Optional.empty();

  /**
   * @param name the model's block, such as {@code models.judge}
   */
  Spending(String name, RemoteModelOptions.Budget budget, RemoteModelOptions.Price price) {
    this.name = name;
    this.budget = budget;
    this.price = price;
  }

  /** Whether money is limited, so that every answer has to report its tokens. */
  boolean needsTokens() {
    return budget.money() > 0;
  }

  /** Counts what was spent before, in this run. */
  synchronized void before(long sent, long inputTokens, long outputTokens) {
    requests += sent;
    input += inputTokens;
    output += outputTokens;
  }

  /**
   * Counts one request that is about to be sent.
   *
   * @throws RemoteException when the budget is spent
   */
  synchronized void reserve() throws RemoteException {
    Optional<String> reason = exceeded();
    if (reason.isPresent()) {
      refused = reason;
      throw new RemoteException(reason.get());
    }
    requests++;
  }

  /** Counts the tokens of an answered request. */
  synchronized void used(long inputTokens, long outputTokens) {
    input += inputTokens;
    output += outputTokens;
  }

  /** Why a request was refused; empty while none was. */
  synchronized Optional<String> refused() {
    return refused;
  }

  private Optional<String> exceeded() {
    if (budget.requests() > 0 && requests >= budget.requests()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%s.budget.requests: all %s are spent (expected: more, to continue the run)",
              name,
              budget.requests()));
    }
    if (budget.money() > 0 && money() >= budget.money()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%s.budget.money: %s is spent, by %s requests (expected: more, to continue the run)",
              name,
              budget.money(),
              requests));
    }
    return Optional.empty();
  }

  synchronized double money() {
    return price.of(input, output);
  }

  synchronized long requests() {
    return requests;
  }
}

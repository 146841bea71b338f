package dev.kelpie.experience;

/**
 * A scored trajectory with per-token credit.
 *
 * @param advantages per response token
 * @param returns per response token, the value function's target; empty when there is none
 */
public record CreditedTrajectory(ScoredTrajectory scored, PerToken advantages, PerToken returns) {
  public CreditedTrajectory {
    int length = scored.trajectory().response().length();
    Require.that(
        advantages.length() == length,
        "%s: %s advantages for %s tokens",
        scored.trajectory().id(),
        advantages.length(),
        length);
    Require.that(
        returns.length() == 0 || returns.length() == length,
        "%s: %s returns for %s tokens",
        scored.trajectory().id(),
        returns.length(),
        length);
  }
}

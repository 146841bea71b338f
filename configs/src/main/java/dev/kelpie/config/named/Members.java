package dev.kelpie.config.named;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The members of every group beside the policy's own samples, in the order of their names.
 *
 * @param byName the options of each
 */
public record Members(Map<String, MemberOptions> byName) {
  /** The member that is the policy itself; no other may be called so. */
  public static final String POLICY = "policy";

  public Members {
    byName = new TreeMap<>(byName);
  }

  /**
   * The members of an experiment.
   *
   * @throws ConfigException for a block {@code members.NAME} that is wrong
   */
  public static Members of(Experiment experiment) {
    Map<String, MemberOptions> members = new TreeMap<>();
    new TreeMap<>(experiment.members())
        .forEach(
            (name, block) -> {
              if (name.equals(POLICY)) {
                throw block.refused(
                    new IllegalArgumentException(
                        "a member (expected: another name, because the policy's own samples have"
                            + " this one)"));
              }
              members.put(name, MemberOptions.of(block, () -> ModelOptions.all(experiment)));
            });
    return new Members(members);
  }

  /** Their names, that of the policy first. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(POLICY);
    names.addAll(byName.keySet());
    return names;
  }

  /** Those whose responses a model samples during the run, by name. */
  public Map<String, MemberOptions> sampled() {
    return only(false);
  }

  /** Those whose responses are read, by name. */
  public Map<String, MemberOptions> given() {
    return only(true);
  }

  private Map<String, MemberOptions> only(boolean given) {
    Map<String, MemberOptions> some = new TreeMap<>(byName);
    some.values().removeIf(member -> member.given() != given);
    return some;
  }

  /** Responses to a prompt beside the policy's own. */
  public int responses() {
    return byName.values().stream().mapToInt(MemberOptions::count).sum();
  }

  /**
   * How many versions before the policy they may sample with.
   *
   * @param experiment theirs: the reference, which a mixture is with, and the iterations
   */
  public int versionsBack(Experiment experiment) {
    ReferenceOptions.Schedule reference = experiment.reference().schedule();
    int most = 0;
    for (MemberOptions member : byName.values()) {
      if (member.present()) {
        most = Math.max(most, Math.toIntExact(experiment.iterations().length()));
      } else if (member.earlier()) {
        most = Math.max(most, member.back());
      } else if (member.from().equals("mixture")
          && reference == ReferenceOptions.Schedule.PREVIOUS) {
        most = Math.max(most, 1);
      }
    }
    return most;
  }

  /** Whether losses and advantages leave out the responses of the member {@code name}. */
  public boolean leftOut(String name) {
    MemberOptions member = byName.get(name);
    return member != null && !member.trained();
  }
}

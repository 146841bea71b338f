package dev.kelpie.rollout;

import dev.kelpie.experience.GivenResponse;
import dev.kelpie.experience.Invariant;
import dev.kelpie.experience.Origin;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Trajectory;
import java.util.ArrayList;
import java.util.List;

/** The rows of a unit's result: its drawn responses and those that came with its prompts. */
public final class UnitRows {
  private UnitRows() {}

  /** All rows of a unit without greedy responses. */
  static List<Trajectory> join(RolloutUnit unit, List<Trajectory> drawn) {
    return join(unit, drawn, List.of());
  }

  /**
   * All rows of {@code unit}, group by group.
   *
   * @param drawn its drawn responses, one for each draw, in order
   * @param greedy its greedy responses, one for each prompt if the unit asks for them
   */
  public static List<Trajectory> join(
      RolloutUnit unit, List<Trajectory> drawn, List<Trajectory> greedy) {
    return join(unit, drawn, List.of(), greedy);
  }

  /**
   * All rows of {@code unit}, group by group.
   *
   * @param drawn its drawn responses, one for each draw, in order
   * @param byMember those of each of its members, one for each draw, in order
   * @param greedy its greedy responses, one for each prompt if the unit asks for them
   */
  public static List<Trajectory> join(
      RolloutUnit unit,
      List<Trajectory> drawn,
      List<List<Trajectory>> byMember,
      List<Trajectory> greedy) {
    Invariant.that(
        drawn.size() == unit.draws(),
        "%s: %s responses (expected: %s)",
        unit.id(),
        drawn.size(),
        unit.draws());
    Invariant.that(
        byMember.size() == unit.members().size(),
        "%s: responses of %s members (expected: %s)",
        unit.id(),
        byMember.size(),
        unit.members().size());
    int samples = unit.samplesPerPrompt();
    List<Trajectory> rows = new ArrayList<>();
    for (int group = 0; group < unit.prompts().size(); group++) {
      rows.addAll(drawn.subList(group * samples, (group + 1) * samples));
      for (int m = 0; m < byMember.size(); m++) {
        int count = unit.members().get(m).count();
        rows.addAll(byMember.get(m).subList(group * count, (group + 1) * count));
      }
      Prompt prompt = unit.prompts().get(group);
      int sample = samples + unit.memberDraws();
      for (GivenResponse response : prompt.responses()) {
        rows.add(
            Trajectory.given(unit.sampleId(group, sample++), prompt, response, unit.sampling()));
      }
      if (unit.baseline()) {
        rows.add(greedy.get(group).as(unit.sampleId(group, sample), Origin.GREEDY));
      }
    }
    return rows;
  }
}

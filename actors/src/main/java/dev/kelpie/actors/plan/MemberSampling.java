package dev.kelpie.actors.plan;

import dev.kelpie.config.Experiment;
import dev.kelpie.config.ReferenceOptions;
import dev.kelpie.config.named.MemberOptions;
import dev.kelpie.config.named.Members;
import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Provenance;
import dev.kelpie.experience.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The members of each group that a model samples, and which model that is when the policy has a
 * version: an earlier version of it, the start of the run, a checkpoint folder.
 */
record MemberSampling(Experiment experiment, Members members) {
  static MemberSampling of(Experiment experiment) {
    return new MemberSampling(experiment, Members.of(experiment));
  }

  /**
   * The members of a group that is sampled with {@code version}.
   *
   * @param sampling how the policy's own samples are drawn
   */
  List<MemberDraws> draws(PolicyVersion version, Sampling sampling) {
    List<MemberDraws> draws = new ArrayList<>();
    members
        .sampled()
        .forEach(
            (name, member) ->
                draws.add(
                    new MemberDraws(
                        name,
                        Provenance.valueOf(member.writer()),
                        member.count(),
                        sampling.at(member.temperature().orElse(sampling.temperature())),
                        model(member, version),
                        member.from().equals("mixture")
                            ? OptionalDouble.of(member.coef())
                            : OptionalDouble.empty(),
                        member.variant())));
    return draws;
  }

  private String model(MemberOptions member, PolicyVersion version) {
    if (member.present()) {
      return new PolicyVersion(experiment.iterations().continuesFrom(version.number() + 1))
          .toString();
    } else if (member.earlier()) {
      return member.back() < 0 ? MemberDraws.INITIAL : before(version, member.back());
    } else if (member.from().equals("model")) {
      return member.path();
    }
    ReferenceOptions reference = experiment.reference();
    if (reference.schedule() == ReferenceOptions.Schedule.PREVIOUS) {
      return before(version, 1);
    }
    return reference.path().isEmpty() ? MemberDraws.INITIAL : reference.path();
  }

  private static String before(PolicyVersion version, int back) {
    return new PolicyVersion(Math.max(0, version.number() - back)).toString();
  }
}

package dev.kelpie.actors.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kelpie.config.AsyncOptions;
import dev.kelpie.config.EvalOptions;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.RunOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ForecastTest {
  /** A unit takes 0.1 s, 10 ms a decode step and 0.1 ms a token. */
  private static final Rates RATES =
      new Rates(
          List.of(0.1, 0.01, 0.0001),
          List.of(0.05, 0.001, 0.0001),
          List.of(0.02, 0.0),
          0,
          0.01,
          0,
          0.04,
          0.03,
          0,
          10,
          10,
          8,
          1,
          1,
          100_000_000,
          10);

  private static Experiment experiment(int prompts, int group, int unitPrompts, int staleness) {
    Experiment d = Experiment.DEFAULTS;
    RolloutOptions r = d.rollout();
    return Settings.with(
        d,
        new RunOptions("planned", 9, 1),
        new RolloutOptions(
            1, 1, group, prompts, unitPrompts, 1, 0, 1, 0, 10, true, r.precision(), "djl", r.mix()),
        new AsyncOptions(staleness),
        new EvalOptions(0, "", 0, 1, false, ""));
  }

  private static Forecast.Machines shared(int workers, int cores) {
    return new Forecast.Machines(workers, 0, cores, 1, 1);
  }

  @Test
  void aSynchronousStepIsTheSumOfItsParts() {
    Forecast one = Forecast.of(experiment(4, 2, 0, 0), RATES, shared(1, 4), 12);
    // load 0.04, unit 0.1 + 10 x 0.01 + 80 x 0.0001 = 0.208, no reward,
    // update 0.05 + 8 x 0.001 + 80 x 0.0001 = 0.066, other 0.02, publish 0.03
    assertThat(one.stepSeconds()).isCloseTo(0.364, within(0.01));
    assertThat(one.busyShare()).isCloseTo(0.208 / 0.364, within(0.02));
    assertThat(one.learnerShare()).isCloseTo(0.066 / 0.364, within(0.01));
    assertThat(one.meanStaleness()).isZero();
    assertThat(one.broadcastSeconds()).isZero();
  }

  @Test
  void workersTakeTurnsWhereCoresAreTooFew() {
    double turns = Forecast.of(experiment(4, 2, 0, 0), RATES, shared(2, 1), 12).stepSeconds();
    double both = Forecast.of(experiment(4, 2, 0, 0), RATES, shared(2, 2), 12).stepSeconds();
    // each has a unit of 4 responses, 0.1 + 0.1 + 0.004 s; two in turn, or both at once
    assertThat(turns - both).isCloseTo(0.204, within(0.06));
  }

  @Test
  void anAsynchronousRunGeneratesWhileItTrains() {
    Forecast one = Forecast.of(experiment(4, 2, 0, 1), RATES, shared(1, 4), 20);
    // the worker is the limit: load and unit, and the messages between
    assertThat(one.stepSeconds()).isCloseTo(0.25, within(0.03));
    assertThat(one.meanStaleness()).isBetween(0.9, 1.0);
    assertThat(one.busyShare()).isGreaterThan(0.75);
  }

  @Test
  void weightsPassFromMachineToMachine() {
    // 100 MB at 100 MB/s is a second; seven machines have them after three
    Forecast.Machines seven = new Forecast.Machines(7, 1, 2, 1e8, 1);
    Forecast one = Forecast.of(experiment(7, 2, 0, 0), RATES, seven, 8);
    assertThat(one.broadcastSeconds()).isEqualTo(3);
    Forecast near = Forecast.of(experiment(7, 2, 0, 0), RATES, shared(7, 8), 8);
    assertThat(one.stepSeconds() - near.stepSeconds()).isCloseTo(3, within(0.1));

    VirtualTime time = new VirtualTime();
    Broadcast broadcast =
        new Broadcast(
            time,
            new RatedTimes(RATES, experiment(1, 1, 0, 0), 1, 1, 1, 1, new SplittableRandom(1)));
    broadcast.published("learner", 1);
    List<Double> arrivals = new ArrayList<>();
    for (int host = 0; host < 7; host++) {
      broadcast.fetch("host" + host, 1, () -> arrivals.add(time.seconds()));
    }
    while (time.next()) {}
    assertThat(arrivals).containsExactly(1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0);
  }

  @Test
  void theLengthOfTheLongestGrowsWithTheNumberOfResponses() {
    assertThat(Rates.Lengths.longest(10, 40, 64, 64)).isEqualTo(40);
    assertThat(Rates.Lengths.longest(10, 40, 64, 1000)).isEqualTo(40);
    // 10 + 30 ln 8 / ln 65
    assertThat(Rates.Lengths.longest(10, 40, 64, 7)).isCloseTo(24.94, within(0.01));
  }

  /** A learner that keeps up with a thousand workers: each generates for 0.2 s and more. */
  @Test
  @Tag("slow")
  void aThousandWorkersAreBusyWithTheRecommendedSettings() {
    Forecast.Machines thousand = new Forecast.Machines(1000, 1, 2, 1.25e9, 400);
    Rates slow =
        new Rates(
            List.of(0.1, 0.5, 0.01),
            RATES.train(),
            RATES.other(),
            0.1,
            RATES.score(),
            0,
            RATES.load(),
            RATES.publish(),
            0,
            10,
            10,
            8,
            1,
            1,
            100_000_000,
            10);
    Experiment experiment = experiment(2000, 4, 0, 0);
    Forecast given = Forecast.of(experiment, slow, thousand, 4);
    Recommendation found = Recommendation.of(experiment, slow, thousand, 4, 1, 0.85);
    System.out.println("1000 workers: " + given + "\n" + found.best());
    assertThat(found.best().workers()).isEqualTo(1000);
    assertThat(found.best().busyShare()).isGreaterThanOrEqualTo(0.85);
    assertThat(found.best().stepSeconds()).isLessThanOrEqualTo(given.stepSeconds());
  }

  @Test
  void failuresCostALittleOfTheTime() {
    Forecast.Machines machines = new Forecast.Machines(16, 1, 2, 1.25e9, 1);
    Experiment experiment = experiment(32, 4, 1, 0);
    Forecast calm = Forecast.of(experiment, RATES, machines, 40);
    Forecast.Failures rare = new Forecast.Failures(0.02, 0, 2);
    Forecast.Failures often = new Forecast.Failures(0.2, 0.5, 2);
    Forecast few = Forecast.of(experiment, RATES, machines, 40, rare, calm.stepSeconds());
    Forecast many = Forecast.of(experiment, RATES, machines, 40, often, calm.stepSeconds());
    assertThat(calm.effectiveTime()).isEqualTo(1);
    assertThat(many.failures()).isGreaterThan(few.failures());
    assertThat(many.effectiveTime()).isLessThan(few.effectiveTime()).isLessThan(0.9);
  }
}

package dev.kelpie.cli;

import dev.kelpie.config.Doc;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rewards.RewardProvider;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A reward that does what rewards should not do. */
record MoodyReward(Options options, AtomicInteger scored) implements Reward {
  /** What it does. */
  enum Mood {
    THROWS,
    HANGS,
    /** It takes a minute for each text after the first hundred. */
    TIRES,
    NAN,
    /** It throws for a quarter of the texts; the others get 0. */
    SOMETIMES
  }

  /** Its options. */
  record Options(@Doc("what it does") Mood mood) {}

  @Override
  public Score score(Trajectory trajectory) throws Exception {
    switch (options.mood()) {
      case THROWS -> throw new IllegalStateException("no opinion");
      case HANGS -> new CountDownLatch(1).await();
      case TIRES -> {
        if (scored.incrementAndGet() > 100) {
          TimeUnit.MINUTES.sleep(1);
        }
        return new Score(trajectory.response().length(), Map.of());
      }
      case NAN -> {}
      case SOMETIMES -> {
        if (Math.floorMod(trajectory.text().hashCode(), 4) == 0) {
          throw new IllegalStateException("no opinion on this one");
        }
        return new Score(0, Map.of());
      }
    }
    return new Score(Float.NaN, Map.of());
  }

  @Override
  public String version() {
    return "moody-" + options.mood();
  }

  /** Makes it known as {@code moody}. */
  public static final class Provider implements RewardProvider<Options> {
    @Override
    public String name() {
      return "moody";
    }

    @Override
    public Options defaultOptions() {
      return new Options(Mood.THROWS);
    }

    @Override
    public Reward create(Options options) {
      return new MoodyReward(options, new AtomicInteger());
    }
  }
}

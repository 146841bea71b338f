package dev.kelpie.learner;

import dev.kelpie.config.Experiment;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Experiments that differ from another in a few blocks. */
final class Experiments {
  private Experiments() {}

  /** {@code experiment} with {@code blocks} in place of its blocks of the same types. */
  static Experiment with(Experiment experiment, Record... blocks) {
    List<Record> unused = new ArrayList<>(Arrays.asList(blocks));
    RecordComponent[] components = Experiment.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    try {
      for (int i = 0; i < components.length; i++) {
        Class<?> type = components[i].getType();
        types[i] = type;
        values[i] = components[i].getAccessor().invoke(experiment);
        for (Record block : blocks) {
          if (type.isInstance(block) && unused.remove(block)) {
            values[i] = block;
          }
        }
      }
      if (!unused.isEmpty()) {
        throw new IllegalArgumentException("no such blocks: " + unused);
      }
      return Experiment.class.getDeclaredConstructor(types).newInstance(values);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}

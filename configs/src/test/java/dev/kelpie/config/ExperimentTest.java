package dev.kelpie.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExperimentTest {
  @Test
  void everyKeyHasItsMeaning() {
    List<String> silent = new ArrayList<>();
    collectSilent(Experiment.class, "", silent);
    assertThat(silent).isEmpty();
  }

  private static void collectSilent(Class<?> type, String path, List<String> silent) {
    for (RecordComponent component : type.getRecordComponents()) {
      String key = path + KebabCase.of(component.getName());
      if (component.getType().isRecord()) {
        collectSilent(component.getType(), key + ".", silent);
      } else if (component.getAnnotation(Doc.class) == null) {
        silent.add(key);
      }
    }
  }
}

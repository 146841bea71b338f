package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import dev.kelpie.algorithms.loss.policy.ObjectiveOptions;
import dev.kelpie.config.Catalog;
import dev.kelpie.config.Doc;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

@AnalyzeClasses(
    packages = "dev.kelpie",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class CatalogDocsTest {
  @ArchTest
  static void everyOptionOfEveryCatalogSaysWhatItMeans(JavaClasses classes)
      throws ReflectiveOperationException {
    List<String> silent = new ArrayList<>();
    addSilent("any loss", ObjectiveOptions.class, silent);
    Map<String, Catalog<?>> catalogs = catalogs(classes);
    assertThat(catalogs.keySet())
        .contains("AdvantageEstimators", "PolicyLosses", "ValueLosses", "Corrections", "Rewards");
    catalogs.forEach(
        (name, catalog) -> {
          assertThat(catalog.names()).as(name).isNotEmpty();
          for (String entry : catalog.names()) {
            addSilent(name + " " + entry, catalog.defaults(entry).getClass(), silent);
          }
        });
    assertThat(silent).as("option components without @Doc").isEmpty();
  }

  /** What every public static method without parameters that returns a catalog returns. */
  private static Map<String, Catalog<?>> catalogs(JavaClasses classes)
      throws ReflectiveOperationException {
    Map<String, Catalog<?>> catalogs = new TreeMap<>();
    for (JavaClass type : classes) {
      for (JavaMethod method : type.getMethods()) {
        if (method.getModifiers().contains(JavaModifier.STATIC)
            && method.getModifiers().contains(JavaModifier.PUBLIC)
            && method.getRawParameterTypes().isEmpty()
            && method.getRawReturnType().isEquivalentTo(Catalog.class)) {
          catalogs.put(type.getSimpleName(), (Catalog<?>) method.reflect().invoke(null));
        }
      }
    }
    return catalogs;
  }

  private static void addSilent(String where, Class<?> options, List<String> silent) {
    for (RecordComponent component : options.getRecordComponents()) {
      if (component.getAnnotation(Doc.class) == null) {
        silent.add(where + ": " + component.getName());
      }
    }
  }
}

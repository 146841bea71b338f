package dev.kelpie.cli;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.ArrayList;
import java.util.List;

/** The walls between the modules, where Maven alone does not hold them. */
@AnalyzeClasses(
    packages = "dev.kelpie",
    importOptions = {ImportOption.DoNotIncludeTests.class})
class ArchitectureTest {
  /** From the bottom up; a module may use the rows below its own. */
  private static final List<List<String>> ROWS =
      List.of(
          List.of("config", "experience", "tensors", "jinja"),
          List.of("wire", "model", "algorithms"),
          List.of("rollout", "rewards", "learner"),
          List.of("actors", "dashboard"),
          List.of("bench"),
          List.of("cli"));

  @ArchTest
  static final ArchRule DEPENDENCIES_POINT_DOWN =
      rows()
          .because(
              "a module that knows only the rows below it can be read, tested and replaced alone");

  @ArchTest
  static final ArchRule ONLY_TENSORS_OPENS_NATIVE_MEMORY =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.tensors..")
          .should()
          .callMethodWhere(
              target(nameMatching("newSubManager|newBaseManager|newGradientCollector")))
          .because(
              "the garbage collector does not see native memory: it lives in an InferenceScope or a"
                  + " TrainingScope, or it leaks");

  @ArchTest
  static final ArchRule NUMBERS_IN_A_GRAPH_ARE_KEPT =
      noClasses()
          .should()
          .accessTargetWhere(combinesAnArrayWithANumber())
          .because(
              "DJL drops such a number's memory at once, though the backward pass reads it again;"
                  + " dev.kelpie.tensors.Scalars keeps it");

  @ArchTest
  static final ArchRule MESSAGES_CARRY_NO_TENSORS =
      fields()
          .that()
          .areDeclaredInClassesThat()
          .resideInAnyPackage("dev.kelpie.actors..", "dev.kelpie.experience..")
          .should()
          .notHaveRawType(nameMatching("ai\\.djl\\..*"))
          .because("a tensor's memory belongs to a scope, and a message outlives every scope");

  @ArchTest
  static final ArchRule ACTORS_DO_NOT_KNOW_DJL =
      noClasses()
          .that()
          .resideInAPackage("dev.kelpie.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..")
          .because("engines and learners show the actors only nouns, so that each can be replaced");

  @ArchTest
  static final ArchRule ONLY_ACTORS_KNOW_AKKA =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.kelpie.actors..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("akka..")
          .because(
              "generating, scoring and learning are plain libraries, usable without a cluster");

  @ArchTest
  static final ArchRule NOUNS_NEED_ONLY_THE_JDK =
      classes()
          .that()
          .resideInAPackage("dev.kelpie.experience..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.kelpie.experience..", "java..", "org.jspecify..")
          .because("every module speaks in these nouns");

  @ArchTest
  static final ArchRule NAMES_NAME_THE_THING =
      noClasses()
          .that()
          .areTopLevelClasses()
          .should()
          .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Base|Data|Info|Processor)")
          .because("such a name says nothing about what a class is");

  private static DescribedPredicate<JavaAccess<?>> combinesAnArrayWithANumber() {
    return DescribedPredicate.describe(
        "DJL combines an array with a number that a graph saves",
        access ->
            access.getTarget() instanceof CodeUnitAccessTarget target
                && target.getOwner().getPackageName().startsWith("ai.djl.")
                && target.getName().matches("(mul|div|pow|maximum|minimum|mod)i?")
                && target.getRawParameterTypes().stream()
                    .anyMatch(type -> type.isEquivalentTo(Number.class)));
  }

  private static LayeredArchitecture rows() {
    LayeredArchitecture rows =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    List<String> below = new ArrayList<>();
    for (List<String> row : ROWS) {
      for (String module : row) {
        rows = rows.layer(module).definedBy("dev.kelpie." + module + "..");
      }
    }
    for (List<String> row : ROWS) {
      for (String module : row) {
        rows =
            below.isEmpty()
                ? rows.whereLayer(module).mayNotAccessAnyLayer()
                : rows.whereLayer(module).mayOnlyAccessLayers(below.toArray(String[]::new));
      }
      below.addAll(row);
    }
    return rows;
  }
}

package org.millrace;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A package imports only packages to its left; docs/DESIGN.md has the picture. */
class ArchitectureTest {
    private static final List<String> ORDER =
            List.of("memory", "format", "storage", "log", "codec", "view", "query", "host");

    /** Within a layer, from the face up; those that stand together do not know each other. */
    private static final List<List<List<String>>> WITHIN =
            List.of(
                    List.of(
                            List.of("log"),
                            List.of("log.engine"),
                            List.of("log.maintenance"),
                            List.of("log.memory", "log.offset", "log.block", "log.wal"),
                            List.of("log.files")),
                    List.of(List.of("view"), List.of("view.builtin")));

    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("org.millrace");

    @TestFactory
    Stream<DynamicTest> importsOnlyWhatStandsToItsLeft() {
        return ORDER.stream()
                .map(
                        name ->
                                DynamicTest.dynamicTest(
                                        name,
                                        () ->
                                                noClasses()
                                                        .that()
                                                        .resideInAPackage(in(name))
                                                        .should()
                                                        .dependOnClassesThat()
                                                        .resideInAnyPackage(rightOf(name))
                                                        .allowEmptyShould(true)
                                                        .check(CLASSES)));
    }

    @TestFactory
    Stream<DynamicTest> withinALayerPackagesKnowTheFaceAndNotEachOther() {
        return WITHIN.stream()
                .flatMap(
                        order ->
                                order.stream()
                                        .flatMap(List::stream)
                                        .map(
                                                name ->
                                                        DynamicTest.dynamicTest(
                                                                name,
                                                                () -> checkWithin(order, name))));
    }

    private static void checkWithin(List<List<String>> order, String name) {
        int place =
                IntStream.range(0, order.size())
                        .filter(i -> order.get(i).contains(name))
                        .findFirst()
                        .orElseThrow();
        var others =
                order.subList(place, order.size()).stream()
                        .flatMap(List::stream)
                        .filter(other -> !other.equals(name))
                        .map(other -> "org.millrace." + other)
                        .toArray(String[]::new);
        var rule =
                noClasses()
                        .that()
                        .resideInAPackage("org.millrace." + name)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(others);
        if (others.length > 0) {
            rule.check(CLASSES);
        }
    }

    @TestFactory
    Stream<DynamicTest> everyPackageOfThoseLayersHasItsPlace() {
        return WITHIN.stream()
                .map(
                        order -> {
                            var layer = order.getFirst().getFirst();
                            return DynamicTest.dynamicTest(layer, () -> checkPlaces(layer, order));
                        });
    }

    private static void checkPlaces(String layer, List<List<String>> order) {
        var placed =
                order.stream()
                        .flatMap(List::stream)
                        .map(n -> "org.millrace." + n)
                        .sorted()
                        .toList();
        var there =
                CLASSES.that(resideInAPackage(in(layer))).stream()
                        .map(c -> c.getPackageName())
                        .distinct()
                        .sorted()
                        .toList();
        Assertions.assertEquals(placed, there);
    }

    @Test
    void seesTheClasses() {
        Assertions.assertTrue(CLASSES.size() > 5, "ArchUnit read " + CLASSES.size() + " classes");
    }

    private static String in(String name) {
        return "org.millrace." + name + "..";
    }

    private static String[] rightOf(String name) {
        var right = ORDER.subList(ORDER.indexOf(name) + 1, ORDER.size());
        return Stream.concat(right.stream(), Stream.of("cli"))
                .map(ArchitectureTest::in)
                .toArray(String[]::new);
    }
}

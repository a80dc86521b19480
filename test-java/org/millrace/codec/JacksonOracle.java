package org.millrace.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** The slow way to the same answer: Jackson parses, {@link TreeOracle} walks the tree. */
final class JacksonOracle {
    private static final ObjectMapper MAPPER =
            new ObjectMapper(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(1_000_000)
                                                    .maxNumberLength(Integer.MAX_VALUE)
                                                    .maxStringLength(Integer.MAX_VALUE)
                                                    .maxNameLength(Integer.MAX_VALUE)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private JacksonOracle() {}

    /**
     * Jackson alone refuses a lone surrogate in a key. JSON.parse takes it; vectors.js has that.
     */
    static final List<String> CANNOT_SAY = List.of("Jackson refuses what JSON.parse takes");

    /** The lines of {@link Found}; null when Jackson calls the record ill-formed. */
    static List<String> lines(byte[] record) {
        try {
            JsonNode tree = MAPPER.readTree(Samples.text(record));
            return tree.isMissingNode() ? null : TreeOracle.lines(value(tree));
        } catch (JsonProcessingException e) {
            return e.getMessage().contains("surrogate pair in field name") ? CANNOT_SAY : null;
        }
    }

    /** The record as a tree for {@link TreeOracle}; null when it is ill-formed. */
    static Object tree(byte[] record) {
        try {
            return value(MAPPER.readTree(Samples.text(record)));
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static Object value(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL -> TreeOracle.NULL;
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.doubleValue();
            case STRING -> node.textValue();
            case ARRAY -> {
                var list = new ArrayList<Object>();
                node.forEach(each -> list.add(value(each)));
                yield list;
            }
            case OBJECT -> {
                var map = new LinkedHashMap<String, Object>();
                node.properties().forEach(each -> map.put(each.getKey(), value(each.getValue())));
                yield map;
            }
            default -> throw new AssertionError(node.getNodeType());
        };
    }
}

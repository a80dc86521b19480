import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import org.millrace.codec.Message;
import org.millrace.host.NodeViews;
import org.millrace.view.View;
import org.millrace.view.ViewMethod;

/** Lists and reads the views that JavaScript has registered, from Java in the same process. */
public final class Neighbour implements View {
    @Override
    public int version() {
        return 1;
    }

    @Override
    public void append(long seq, Message message) {}

    @Override
    public Map<String, ViewMethod> methods() {
        ViewMethod.Value list = options -> list();
        ViewMethod.Value value = options -> NodeViews.named(options.get("of")).value("value", Map.of());
        ViewMethod.Value rows = options -> NodeViews.named(options.get("of")).rows("read", Map.of(), 100).toString();
        ViewMethod.Value find =
                options ->
                        Long.toString(
                                NodeViews.named(options.get("of"))
                                        .find("get", MemorySegment.ofArray(bytes(options.get("key")))));
        return Map.of("list", list, "value", value, "rows", rows, "find", find);
    }

    private static String list() {
        var json = new StringBuilder("{");
        var views = new TreeMap<String, Long>();
        NodeViews.all().forEach(one -> views.put(one.name(), one.view().since()));
        views.forEach((name, since) -> json.append(json.length() > 1 ? "," : "").append('"').append(name).append("\":").append(since));
        return json.append('}').toString();
    }

    private static byte[] bytes(String hex) {
        return java.util.HexFormat.of().parseHex(hex);
    }
}

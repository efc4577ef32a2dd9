#include <nlohmann/json.hpp>

#include "tools/benchmark/report/report.hpp"

namespace sporkle::bench {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(bool present, const T& value) {
    return present ? Json(value) : Json(nullptr);
}

Json to_json(const Entry& entry, bool has_limit) {
    return {{"name", entry.name},       {"comparable", entry.comparable},
            {"median", entry.median},   {"minimum", entry.minimum},
            {"maximum", entry.maximum}, {"of_limit", or_null(has_limit, entry.of_limit)}};
}

const char* name_of(Bar::Kind kind) {
    switch (kind) {
        case Bar::Kind::share_of_limit:
            return "share of limit";
        case Bar::Kind::share_of_peer:
            return "share of peer";
        case Bar::Kind::at_most:
            return "at most";
        case Bar::Kind::at_least:
            return "at least";
    }
    return "";
}

const char* name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::measured:
            return "measured";
        case Outcome::failed:
            return "failed";
        case Outcome::absent:
            return "absent";
    }
    return "";
}

Json to_json(const std::vector<std::pair<std::string, std::string>>& pairs) {
    Json object = Json::object();
    for (const auto& [name, value] : pairs) object[name] = value;
    return object;
}

Json to_json(const std::optional<Bar>& bar, const std::optional<bool>& holds) {
    if (!bar) return nullptr;
    return {{"kind", name_of(bar->kind)},
            {"value", bar->value},
            {"holds", or_null(holds.has_value(), holds.value_or(false))}};
}

Json to_json(const Row& row) {
    const Entry* peer = row.peer();
    const bool measured = !row.entries.empty();
    const Entry ours = measured ? row.ours() : Entry{};
    const bool of_limit = measured && row.limit.has_value();
    Json contenders = Json::array();
    for (const Entry& entry : row.entries) contenders.push_back(to_json(entry, row.limit.has_value()));
    return {{"name", row.name},
            {"group", row.group},
            {"threads", row.threads},
            {"unit", row.unit},
            {"higher_is_better", row.higher_is_better},
            {"outcome", name_of(row.outcome)},
            {"reason", or_null(!row.reason.empty(), row.reason)},
            {"ours", or_null(measured, ours.median)},
            {"peer", or_null(peer != nullptr, peer ? peer->median : 0)},
            {"peer_name", or_null(peer != nullptr, peer ? peer->name : "")},
            {"limit", or_null(row.limit.has_value(), row.limit.value_or(0))},
            {"limit_name", or_null(row.limit.has_value(), row.limit_name)},
            {"median", or_null(measured, ours.median)},
            {"minimum", or_null(measured, ours.minimum)},
            {"maximum", or_null(measured, ours.maximum)},
            {"ours_of_limit", or_null(of_limit, ours.of_limit)},
            {"ours_faster_than_peer", or_null(peer != nullptr, peer ? peer->ours_faster : 0)},
            {"rounds", row.rounds},
            {"dropped_samples", row.dropped},
            {"disturbed", row.disturbed},
            {"bar", to_json(row.bar, row.bar_holds())},
            {"facts", to_json(row.facts)},
            {"contenders", contenders}};
}

}  // namespace

std::string to_json(const RunInfo& info, const std::vector<Row>& rows) {
    Json list = Json::array();
    for (const Row& row : rows) list.push_back(to_json(row));
    const Json all = {{"machine",
                       {{"cpu", info.machine.cpu},
                        {"system", info.machine.system},
                        {"cores", info.machine.cores},
                        {"gigahertz", info.machine.gigahertz},
                        {"fma_level", or_null(!info.fma_level.empty(), info.fma_level)}}},
                      {"device", to_json(info.device)},
                      {"versions", to_json(info.versions)},
                      {"notes", info.notes},
                      {"rows", list}};
    return all.dump(2) + "\n";
}

}  // namespace sporkle::bench

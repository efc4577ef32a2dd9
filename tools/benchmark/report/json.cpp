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

Json to_json(const Row& row) {
    const Entry* peer = row.peer();
    const Entry& ours = row.ours();
    Json contenders = Json::array();
    for (const Entry& entry : row.entries) contenders.push_back(to_json(entry, row.limit.has_value()));
    Json bar = nullptr;
    if (row.bar)
        bar = {{"kind", row.bar->kind == Bar::Kind::at_most ? "at most" : "share of limit"},
               {"value", row.bar->value},
               {"holds", *row.bar_holds()}};
    return {{"name", row.name},
            {"group", row.group},
            {"threads", row.threads},
            {"unit", row.unit},
            {"higher_is_better", row.higher_is_better},
            {"ours", ours.median},
            {"peer", or_null(peer != nullptr, peer ? peer->median : 0)},
            {"peer_name", or_null(peer != nullptr, peer ? peer->name : "")},
            {"limit", or_null(row.limit.has_value(), row.limit.value_or(0))},
            {"limit_name", or_null(row.limit.has_value(), row.limit_name)},
            {"median", ours.median},
            {"minimum", ours.minimum},
            {"maximum", ours.maximum},
            {"ours_of_limit", or_null(row.limit.has_value(), ours.of_limit)},
            {"ours_faster_than_peer", or_null(peer != nullptr, peer ? peer->ours_faster : 0)},
            {"rounds", row.rounds},
            {"dropped_samples", row.dropped},
            {"disturbed", row.disturbed},
            {"bar", bar},
            {"contenders", contenders}};
}

}  // namespace

std::string to_json(const RunInfo& info, const std::vector<Row>& rows) {
    Json versions = Json::object();
    for (const auto& [name, version] : info.versions) versions[name] = version;
    Json list = Json::array();
    for (const Row& row : rows) list.push_back(to_json(row));
    const Json all = {{"machine",
                       {{"cpu", info.machine.cpu},
                        {"system", info.machine.system},
                        {"cores", info.machine.cores},
                        {"gigahertz", info.machine.gigahertz},
                        {"fma_level", info.fma_level}}},
                      {"versions", versions},
                      {"notes", info.notes},
                      {"rows", list}};
    return all.dump(2) + "\n";
}

}  // namespace sporkle::bench

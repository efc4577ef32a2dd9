#include "runtime/log.hpp"

#include <cstdio>
#include <cstdlib>

namespace sporkle::runtime {

Log::Log(std::function<void(LogLevel, std::string_view)> sink) : sink_(std::move(sink)) {
    const char* wanted = std::getenv("SPORKLE_LOG");
    if (sink_ || wanted == nullptr || *wanted == 0) return;
    const std::string_view word = wanted;
    const LogLevel least = word == "debug"  ? LogLevel::debug
                           : word == "info" ? LogLevel::info
                                            : LogLevel::warning;
    sink_ = [least](LogLevel level, std::string_view message) {
        if (level >= least)
            std::fprintf(stderr, "sporkle: %.*s\n", static_cast<int>(message.size()), message.data());
    };
}

void Log::operator()(LogLevel level, std::string_view message) const {
    if (sink_) sink_(level, message);
}

void Log::warn_once(const std::string& message) const {
    {
        const std::lock_guard lock(mutex_);
        if (!said_.insert(message).second) return;
    }
    warn(message);
}

}  // namespace sporkle::runtime

// Where messages for people go.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <sporkle/options.hpp>

namespace sporkle::runtime {

class Log {
  public:
    /// `sink` may be empty: then warnings go to the standard error stream when $SPORKLE_LOG is set, and with
    /// SPORKLE_LOG=debug everything does.
    explicit Log(std::function<void(LogLevel, std::string_view)> sink);

    void operator()(LogLevel level, std::string_view message) const;
    void warn(std::string_view message) const { (*this)(LogLevel::warning, message); }
    /// Warns once for each text.
    void warn_once(const std::string& message) const;
    /// Whether a debug message would go anywhere.
    bool wants_debug() const { return static_cast<bool>(sink_); }

  private:
    std::function<void(LogLevel, std::string_view)> sink_;
    mutable std::mutex mutex_;
    mutable std::set<std::string> said_;
};

}  // namespace sporkle::runtime

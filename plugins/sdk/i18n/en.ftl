# Words of the SDK, added to every connector's catalogue.
sdk-settings = The settings cannot be used: { $reason }
sdk-not-offered = This connector does not offer { $operation } on { $entity }
sdk-no-entity = This connector has no entity { $entity }
sdk-no-answer = The system did not answer
sdk-outcome-unknown = The request left and no answer came; it may have been carried out
sdk-denied = The host does not allow this request: see the granted hosts of the connection
sdk-own-limit = The connection's own rate limit is used up
sdk-unreachable = The system cannot be reached
sdk-bad-url = The address of the system is not a usable URL
sdk-no-secret = The secret { $name } is not set
sdk-rubbish = The system answered with status { $status } and something unreadable
sdk-lost = The system answered with status { $status }; the request may have been carried out
sdk-throttled = The system asks for fewer calls
sdk-busy = The system is not available (status { $status })
sdk-cursor = The saved place cannot be read: { $reason }
